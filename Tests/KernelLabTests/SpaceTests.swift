import PageTables
import Testing

@testable import KernelLab

/// What a process's page table is at birth (`pgd_alloc`), and that it goes without a trace (`pgd_free`).
@Suite("Address spaces")
struct SpaceTests {
  @Test("a new process has the master's kernel half, and shares the tables below", arguments: Profile.names)
  func kernelHalf(name: String) throws {
    var machine = try Machine.boot(try #require(Profile.named(name)))
    let space = try #require(try machine.spawn("init").space)
    let profile = machine.profile
    let process = Walker(format: profile.format, root: space.root)
    let master = Walker(format: profile.format, root: machine.kernel.root)
    let layout = machine.layout
    var places: [UInt64] = []
    for range in [
      layout.linear, layout.fixmap, layout.image, layout.vectors, layout.cpuEntryArea, layout.vmalloc,
    ]
    where !range.isEmpty {
      places += [
        range.lowerBound, (range.lowerBound + (range.upperBound - range.lowerBound) / 2),
        range.upperBound - 1,
      ]
    }
    for place in places where profile.kernelHalf != .separateRoot || place > profile.taskSize {
      let one = process.translate(VirtualAddress(place), in: machine.memory)
      let other = master.translate(VirtualAddress(place), in: machine.memory)
      #expect(one.mapping?.physical == other.mapping?.physical)
      #expect(one.mapping?.access == other.mapping?.access)
      #expect(one.steps.count == other.steps.count)
      // Below the top, or below the private table, the very same tables.
      let firstShared = profile.copiesPrivateTable ? 2 : 1
      for depth in firstShared..<max(firstShared, one.steps.count) {
        #expect(one.steps[depth].table == other.steps[depth].table)
      }
    }
    // No user mapping, and the checker finds nothing.
    let user = process.ranges(through: VirtualAddress(profile.taskSize - 1), in: machine.memory)
    #expect(user.filter(\.isMapped).isEmpty)
    #expect(machine.check() == [])
  }

  @Test("the top table's kernel entries are the master's, entry for entry", arguments: Profile.names)
  func topEntries(name: String) throws {
    var machine = try Machine.boot(try #require(Profile.named(name)))
    let space = try #require(try machine.spawn("init").space)
    let first: UInt64
    switch machine.profile.kernelHalf {
    case .separateRoot:
      #expect(space.root.upper == machine.kernel.root.upper)
      #expect(space.root.lower != machine.kernel.root.lower)
      return
    case .copied(let address): first = address
    case .privateTable(_, let shared): first = shared
    }
    guard first <= 0xffff_ffff || machine.profile.format.addressBits == 64 else { return }
    var count = 0
    for offset in machine.topEntries(from: first) {
      let one = machine.load(space.root.lower.rawValue + offset, machine.geometries[0])
      let other = machine.load(machine.kernel.root.lower.rawValue + offset, machine.geometries[0])
      if let address = machine.profile.selfMapAddress, machine.topOffset(of: address) == offset {
        #expect(machine.geometries[0].tableAddress(one) == space.root.lower.rawValue)
        #expect(machine.geometries[0].tableAddress(other) == machine.kernel.root.lower.rawValue)
      } else {
        #expect(one == other)
        if one != 0 { count += 1 }
      }
    }
    #expect(count > 0 || machine.profile.name == "alpha-large-vmalloc")
  }

  @Test(
    "what the master gets later, a process lacks, but for shared tables",
    arguments: ["i386", "x86-64-5.7", "riscv64-6.4", "arm", "x86-64", "i386-pae"])
  func later(name: String) throws {
    var machine = try Machine.boot(try #require(Profile.named(name)))
    let space = try #require(try machine.spawn("init").space)
    let address = machine.layout.vmalloc.lowerBound + 64 << 20
    try machine.writeKernelPage(address, frame: machine.zeroFrame)
    let mapping = Walker(format: machine.profile.format, root: space.root)
      .translate(VirtualAddress(address), in: machine.memory).mapping
    let isShared = machine.profile.vmallocPolicy == .preallocated || machine.profile.vmallocPolicy == .shared
    #expect((mapping != nil) == isShared)
    let child = try #require(try machine.spawn("later").space)
    let inherited = Walker(format: machine.profile.format, root: child.root)
      .translate(VirtualAddress(address), in: machine.memory).mapping
    #expect(inherited?.physical.rawValue == machine.zeroFrame << 12)
  }

  struct First: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var counts: [Int]
  }

  /// VmPTE of the first tables as Debian's 6.1 counts them.
  @Test(
    "tables that exist from the start are counted",
    arguments: [
      First(testDescription: "i386", counts: [0, 0]), First(testDescription: "i386-pae", counts: [0, 3, 0]),
      First(testDescription: "i386-pae-pti", counts: [0, 5, 0]),
      First(testDescription: "arm", counts: [0, 0]),
      First(testDescription: "arm-lpae", counts: [0, 1, 0]),
      First(testDescription: "arm64", counts: [0, 0, 0, 0]),
      First(testDescription: "x86-64-kpti", counts: [0, 0, 0, 0]),
    ])
  func firstTables(_ first: First) throws {
    var machine = try Machine.boot(try #require(Profile.named(first.testDescription)))
    let space = try #require(try machine.spawn("init").space)
    #expect(space.tableCounts == first.counts)
  }

  @Test("a space that is released leaves every frame as it was", arguments: Profile.names)
  func release(name: String) throws {
    var machine = try Machine.boot(try #require(Profile.named(name)))
    let before = machine.frames.freeCount
    let space = try machine.makeSpace()
    // A table that a process had until its end.
    _ = machine.makeSlot(for: 0x1234_5000, in: space, depth: machine.lastDepth)
    #expect(machine.frames.freeCount < before)
    machine.releaseSpace(space)
    #expect(machine.frames.freeCount == before)
    #expect(machine.liveSpaces.isEmpty)
    #expect(space.tableCounts.allSatisfy { $0 == 0 })
    #expect(machine.check() == [])
  }

  @Test("LPAE's table for modules and pkmap is private, and empty at first")
  func privateTable() throws {
    var machine = try Machine.boot(.armLPAE)
    let space = try #require(try machine.spawn("init").space)
    let pkmap = machine.layout.pkmap.lowerBound
    let own = machine.slot(for: pkmap, root: space.root, depth: 1)
    let master = machine.slot(for: pkmap, root: machine.kernel.root, depth: 1)
    guard let own, let master else {
      Issue.record("no table")
      return
    }
    #expect(own.address != master.address)
    #expect(machine.load(own.address, machine.geometries[1]) == 0)
    #expect(machine.load(master.address, machine.geometries[1]) != 0)
  }

  @Test("with low vectors a process has a table for page 0, with the vectors")
  func lowVectors() throws {
    var profile = Profile.arm
    profile.hasLowVectors = true
    var machine = try Machine.boot(profile)
    let space = try #require(try machine.spawn("init").space)
    #expect(space.tableCounts == [0, 1])
    let process = Walker(format: profile.format, root: space.root)
    let low = process.translate(VirtualAddress(0), in: machine.memory).mapping
    let high = process.translate(VirtualAddress(0xffff_0000), in: machine.memory).mapping
    #expect(low != nil)
    #expect(low?.physical == high?.physical)
    #expect(machine.check() == [])
  }

  @Test("a place can be asked for, and is not given twice")
  func place() throws {
    var machine = try Machine.boot(.armEvenly)
    let before = machine.frames.freeCount
    let frame: UInt64 = 0x58058
    let isFirst = machine.frames.allocate(at: frame, order: 2, kind: .anonymous)
    let isSecond = machine.frames.allocate(at: frame + 1, kind: .anonymous)
    let isAskew = machine.frames.allocate(at: 0x58063, order: 1, kind: .anonymous)
    let isOutside = machine.frames.allocate(at: 0x1, kind: .anonymous)
    #expect([isFirst, isSecond, isAskew, isOutside] == [true, false, false, false])
    #expect(machine.frames.freeCount == before - 4)
    machine.frames.free(frame, order: 2)
    #expect(machine.frames.freeCount == before)
    #expect(machine.check() == [])
  }
}
