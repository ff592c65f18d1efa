import PageTableEditing
import PageTables
import Testing

@testable import KernelLab

@Suite("A fault in the kernel's half")
struct VmallocFaultTests {
  /// One process that lacks what a late area needs, and the area.
  static func make(in machine: inout Machine) throws -> (Task, VmallocArea) {
    let task = try machine.spawn("old")
    try machine.run(task)
    return (task, try machine.vmalloc(byteCount: 8 << 20))
  }

  static let lazyProfiles: [Profile] = [
    .i386Linux5v7, .arm, .armLinux5v10, .x86_64Linux5v7, .riscv64Linux6v4, .alphaLargeVmalloc,
  ]

  @Test("one fault copies one entry, and serves all that the entry spans", arguments: lazyProfiles)
  func copiesOneEntry(_ profile: Profile) throws {
    var machine = try Machine.boot(profile)
    let (task, area) = try Self.make(in: &machine)
    let space = try #require(task.space)
    let missing = machine.missingKernelEntries(of: space)
    #expect(!missing.isEmpty)
    let address = area.range.lowerBound + 12345
    let outcome = machine.access(.read, at: address, isUser: false)
    let master = Walker(format: profile.format, root: machine.kernel.root)
    let physical = master.translate(VirtualAddress(address), in: machine.memory).mapping?.physical.rawValue
    #expect(outcome == physical.map { .completed($0) })
    #expect(machine.counters.vmallocFaults == 1)
    let own = Walker(format: profile.format, root: space.root)
    #expect(own.translate(VirtualAddress(address), in: machine.memory).mapping?.physical.rawValue == physical)
    #expect(machine.missingKernelEntries(of: space).count < missing.count)
    // Other pages under the entry need no fault; in the end each entry cost one.
    for page in stride(from: area.range.lowerBound, to: area.range.upperBound, by: Int(machine.pageByteCount))
    {
      guard case .completed = machine.access(.read, at: page, isUser: false) else {
        Issue.record("\(String(page, radix: 16)) cannot be read")
        return
      }
    }
    let words = profile.name.hasPrefix("arm") ? 2 : 1
    #expect(Int(machine.counters.vmallocFaults) * words == missing.count)
    #expect(Int(machine.counters.copiedKernelEntries) == missing.count)
    #expect(machine.missingKernelEntries(of: space).isEmpty)
    #expect(machine.check().isEmpty)
  }

  @Test("user mode gets a signal, and no entry", arguments: lazyProfiles)
  func userMode(_ profile: Profile) throws {
    var machine = try Machine.boot(profile)
    let (task, area) = try Self.make(in: &machine)
    let space = try #require(task.space)
    let missing = machine.missingKernelEntries(of: space)
    let start = area.range.lowerBound
    #expect(
      machine.access(.read, at: start)
        == .signal(Signal(number: .segmentationFault, code: .notMapped, address: start)))
    #expect(machine.missingKernelEntries(of: space) == missing)
    #expect(machine.counters.vmallocFaults == 0)
  }

  @Test(
    "the guard page and addresses that nobody has are bad, however often they are asked for",
    arguments: lazyProfiles)
  func badArea(_ profile: Profile) throws {
    var machine = try Machine.boot(profile)
    let (_, area) = try Self.make(in: &machine)
    for address in [area.range.upperBound, machine.layout.vmalloc.upperBound - 4096] {
      guard case .oops(let fault) = machine.access(.read, at: address, isUser: false) else {
        Issue.record("\(String(address, radix: 16)) is not refused")
        continue
      }
      #expect(fault.reason == "unable to handle kernel paging request")
    }
  }

  @Test("a thread of the kernel brings the entry to the table that it borrows", arguments: lazyProfiles)
  func borrowed(_ profile: Profile) throws {
    var machine = try Machine.boot(profile)
    let (lender, other) = (try machine.spawn("lender"), try machine.spawn("other"))
    let thread = machine.spawnKernelThread("kworker")
    try machine.run(other)
    try machine.run(lender)
    try machine.run(thread)
    let area = try machine.vmalloc(byteCount: 1 << 20)
    let (lent, others) = (try #require(lender.space), try #require(other.space))
    #expect(machine.cpus[0].activeSpace === lent)
    #expect(!machine.missingKernelEntries(of: lent).isEmpty)
    // The area may begin in one entry and end in another.
    for address in [area.range.lowerBound, area.range.upperBound - 1] {
      guard case .completed = machine.access(.write, at: address, isUser: false) else {
        Issue.record("the thread cannot use the area")
        return
      }
    }
    #expect(machine.missingKernelEntries(of: lent).isEmpty)
    #expect(!machine.missingKernelEntries(of: others).isEmpty)
  }

  @Test("no lock is taken")
  func takesNoLock() throws {
    var machine = try Machine.boot(.i386Linux5v7)
    let (_, area) = try Self.make(in: &machine)
    machine.locks.isChecking = true
    _ = machine.access(.read, at: area.range.lowerBound, isUser: false)
    #expect(machine.counters.vmallocFaults == 1)
    #expect(machine.locks.acquisitionCount == 0)
  }

  @Test("a write to a read-only kernel page is no vmalloc fault")
  func forbidden() throws {
    var machine = try Machine.boot(.i386Linux5v7)
    let (_, area) = try Self.make(in: &machine)
    _ = machine.access(.read, at: area.range.lowerBound, isUser: false)
    try machine.kernel.editor.protect(
      VirtualAddress(area.range.lowerBound), byteCount: 4096, access: [.kernelRead, .kernelExecute],
      in: &machine.memory)
    machine.flushKernel(area.range)
    guard case .oops = machine.access(.write, at: area.range.lowerBound, isUser: false) else {
      Issue.record("written")
      return
    }
    #expect(machine.counters.vmallocFaults == 1)
  }

  @Test("entries that differ are a bug on x86")
  func mismatch() throws {
    var machine = try Machine.boot(.i386Linux5v7)
    let (task, area) = try Self.make(in: &machine)
    let space = try #require(task.space)
    let address = VirtualAddress(area.range.lowerBound)
    _ = machine.access(.read, at: address.rawValue, isUser: false)
    // Another table, whose page entry is absent.
    let entry = try space.editor.entry(at: 0, for: address, in: machine.memory)
    let frame = machine.frames.allocate(zone: .normal, kind: .kernel)
    try space.editor.setEntry(
      entry & 0xfff | (try #require(frame)) << 12, at: 0, for: address, in: &machine.memory)
    machine.flushKernel(area.range)
    guard case .oops(let fault) = machine.access(.read, at: address.rawValue, isUser: false) else {
      Issue.record("not noticed")
      return
    }
    #expect(fault.reason.contains("BUG"))
    #expect(!machine.check().isEmpty)
  }

  @Test("LPAE's fault copies the second-level entry of a module, and nothing for vmalloc")
  func longDescriptors() throws {
    var machine = try Machine.boot(.armLPAE)
    let task = try machine.spawn("old")
    let space = try #require(task.space)
    try machine.run(task)
    let area = try machine.vmalloc(byteCount: 8 << 20)
    #expect(machine.missingKernelEntries(of: space).isEmpty)
    _ = machine.access(.read, at: area.range.lowerBound, isUser: false)
    #expect(machine.counters.vmallocFaults == 0)
    let module = try machine.loadModule(byteCount: 1 << 20, owner: "vfat")
    #expect(machine.missingKernelEntries(of: space).count == 1)
    guard case .completed = machine.access(.read, at: module.range.lowerBound, isUser: false) else {
      Issue.record("the module cannot be used")
      return
    }
    #expect(machine.counters.vmallocFaults == 1)
    #expect(machine.missingKernelEntries(of: space).isEmpty)
  }

  @Test("a removed large page of a device stays in old kernels' processes, and ends in a bug")
  func removal() throws {
    var old = Profile.i386Linux5v7
    old.release = KernelRelease(4, 19)
    for (profile, propagates) in [(old, false), (Profile.i386Linux5v8, true)] {
      var machine = try Machine.boot(profile)
      let task = try machine.spawn("user")
      let space = try #require(task.space)
      try machine.run(task)
      let area = try machine.ioremap(physical: 0xe000_0000, byteCount: 4 << 20, largestSizeBits: 22)
      #expect(area.leafSizeBits == 22)
      #expect(area.range.lowerBound % (4 << 20) == 0)
      #expect(machine.access(.read, at: area.range.lowerBound + 5, isUser: false) == .completed(0xe000_0005))
      try machine.vfree(area.range.lowerBound)
      machine.purgeVmalloc()
      let entry = try space.editor.entry(
        at: 0, for: VirtualAddress(area.range.lowerBound), in: machine.memory)
      #expect((entry == 0) == propagates)
      // The addresses are used again, for another device.
      let next = try machine.vmap([0x100], owner: "next")
      let other = try machine.ioremap(physical: 0xe040_0000, byteCount: 4 << 20, largestSizeBits: 22)
      #expect(other.range.lowerBound == area.range.lowerBound)
      #expect(next.range.lowerBound < other.range.lowerBound)
      let outcome = machine.access(.read, at: other.range.lowerBound, isUser: false)
      #expect((outcome == .completed(0xe040_0000)) == propagates)
    }
  }
}
