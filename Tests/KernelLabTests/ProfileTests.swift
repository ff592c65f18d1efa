import KernelLab
import PageTables
import Testing

@Suite("Profiles")
struct ProfileTests {
  @Test(
    "every profile boots, and the walker finds the linear map's first and last byte", arguments: Profile.names
  )
  func boots(name: String) throws {
    let profile = try #require(Profile.named(name))
    let machine = try Machine.boot(profile)
    let linear = machine.layout.linear
    #expect(!linear.isEmpty)
    let walker = Walker(format: profile.format, root: machine.kernel.root)
    for address in [linear.lowerBound, linear.upperBound - 1] {
      let mapping = walker.translate(VirtualAddress(address), in: machine.memory).mapping
      if profile.hasLinearSegment {
        #expect(mapping == nil)
      } else {
        let physical = address - linear.lowerBound + profile.ramBase
        #expect(mapping?.physical.rawValue == physical, "\(String(address, radix: 16))")
        #expect(mapping?.access.intersects(.user) == false)
      }
    }
    #expect(machine.check() == [])
  }

  @Test(
    "no kernel page can be written and executed where the format can forbid one", arguments: Profile.names)
  func writeOrExecute(name: String) throws {
    let machine = try Machine.boot(try #require(Profile.named(name)))
    let canForbid = name != "i386" && !name.hasPrefix("i386-5") && machine.profile.image.isProtected
    let walker = Walker(format: machine.profile.format, root: machine.kernel.root)
    var found = 0
    var executable: UInt64 = 0
    for range in walker.ranges(in: machine.memory) {
      guard case .mapped(let mapping) = range.content, mapping.access.contains(.kernelExecute) else {
        continue
      }
      executable += range.byteCount
      if mapping.access.contains(.kernelWrite) { found += 1 }
    }
    #expect(!canForbid || found == 0)
    // Nothing but the text (and the vectors) is executable.
    if canForbid, !machine.profile.hasLinearSegment {
      let vectors = machine.layout.vectors.isEmpty ? 0 : 2 * machine.pageByteCount
      #expect(executable == machine.profile.image.textByteCount + vectors)
    }
  }

  @Test(
    "tables for temporary mappings exist at boot, adjacent and empty",
    arguments: ["i386", "i386-pae", "arm", "arm-lpae"])
  func tablesInAdvance(name: String) throws {
    let machine = try Machine.boot(try #require(Profile.named(name)))
    let layout = machine.layout
    for area in [layout.pkmap, layout.fixmap] {
      let walker = Walker(format: machine.profile.format, root: machine.kernel.root)
      var tables: [UInt64] = []
      for address in stride(from: area.lowerBound, to: area.upperBound, by: 4096) {
        let translation = walker.translate(VirtualAddress(address), in: machine.memory)
        #expect(translation.mapping == nil)
        #expect(translation.steps.count == machine.profile.format.levelCount)
        let table = translation.steps.elements.last.map { $0.table.rawValue & ~0xfff } ?? 0
        if tables.last != table { tables.append(table) }
      }
      for (one, next) in zip(tables, tables.dropFirst()) { #expect(next == one + 4096) }
    }
  }

  @Test("vmalloc is empty at boot, and preallocated where the kernel does that", arguments: Profile.names)
  func vmalloc(name: String) throws {
    let machine = try Machine.boot(try #require(Profile.named(name)))
    let vmalloc = machine.layout.vmalloc
    let walker = Walker(format: machine.profile.format, root: machine.kernel.root)
    let ranges = walker.ranges(
      from: VirtualAddress(vmalloc.lowerBound), through: VirtualAddress(vmalloc.upperBound - 1),
      in: machine.memory)
    let mapped = ranges.filter(\.isMapped).reduce(0) { $0 + $1.byteCount }
    // AArch64's image is vmalloc's first area.
    #expect(mapped == (name == "arm64" ? machine.profile.image.byteCount : 0))
    let span = UInt64(1) << UInt64(machine.profile.format.level(0).shift)
    var present = 0
    var count = 0
    for start in stride(from: vmalloc.lowerBound & ~(span - 1), to: vmalloc.upperBound, by: Int(span)) {
      let steps = walker.translate(VirtualAddress(max(start, vmalloc.lowerBound)), in: machine.memory).steps
      if steps.count > 1 { present += 1 }
      count += 1
    }
    if machine.profile.vmallocPolicy == .preallocated { #expect(present == count) }
    if machine.profile.vmallocPolicy == .lazy, machine.profile.format.levelCount > 2 { #expect(present == 0) }
  }

  struct BadRequest: Sendable, CustomTestStringConvertible {
    var request: String
    var names: String
    var testDescription: String { request }
  }

  static let badRequests = [
    BadRequest(request: "", names: "i386-pae-pti"),
    BadRequest(request: "vax", names: "riscv64-6.4"),
    BadRequest(request: "i386,", names: "ram, cpus, split, release"),
    BadRequest(request: "i386,ram", names: "ram, cpus"),
    BadRequest(request: "i386,ram=0M", names: "512M"),
    BadRequest(request: "i386,ram=12", names: "512M"),
    BadRequest(request: "i386,ram=99999999999G", names: "512M"),
    BadRequest(request: "i386,cpus=0", names: "1 to 64"),
    BadRequest(request: "i386,split=4G", names: "3G, 2G or 1G"),
    BadRequest(request: "i386,ram=512M,ram=1G", names: "twice"),
    BadRequest(request: "i386,release=new", names: "6.12"),
    BadRequest(request: "x86-64,split=2G", names: "32-bit"),
  ]

  @Test("a request that cannot be met says what is known", arguments: badRequests)
  func badRequest(_ bad: BadRequest) {
    let error = #expect(throws: ProfileError.self) { try ProfileRequest(parsing: bad.request).profile() }
    #expect(error?.description.contains(bad.names) == true, "\(error.map(\.description) ?? "")")
  }

  @Test("a request varies what it names")
  func request() throws {
    let profile = try ProfileRequest(parsing: "i386,ram=512M,cpus=4,split=2G,release=6.12").profile()
    #expect(profile.ramByteCount == 512 << 20)
    #expect(profile.cpuCount == 4)
    #expect(profile.pageOffset == 0x8000_0000)
    #expect(profile.taskSize == 0x8000_0000)
    #expect(profile.kernelHalf == .copied(from: 0x8000_0000))
    #expect(profile.release == KernelRelease(6, 12))
    #expect(try ProfileRequest(parsing: "arm,split=1G").profile().taskSize == 0x3f00_0000)
  }

  static let tooMuch = [
    "i386,ram=8M", "i386,ram=5G", "arm,ram=4G", "i386-pae,ram=128G", "arm64,ram=2048G", "x86-64,ram=16M",
  ]

  @Test("RAM that a profile cannot use is an error before boot", arguments: tooMuch)
  func badRAM(request: String) throws {
    let profile = try ProfileRequest(parsing: request).profile()
    let error = #expect(throws: BootError.self) { _ = try Machine.boot(profile) }
    guard case .badRAM = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("a kernel without high memory refuses RAM that it cannot map")
  func noHighMemory() throws {
    var profile = Profile.arm
    profile.layoutRule = .arm(ARMLayout(hasHighMemory: false))
    let error = #expect(throws: BootError.self) { _ = try Machine.boot(profile) }
    #expect(error?.description.contains("768 MiB") == true)
  }
}

extension MappedRange {
  var isMapped: Bool {
    if case .mapped = content { return true }
    return false
  }
}
