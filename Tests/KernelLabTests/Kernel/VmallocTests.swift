import PageTableEditing
import PageTables
import Testing

@testable import KernelLab

@Suite("vmalloc")
struct VmallocTests {
  static let pageByteCount: UInt64 = 4096

  @Test(
    "an area is mapped page by page in the kernel page table, with a guard page behind",
    arguments: Profile.all)
  func mapsTheMaster(_ profile: Profile) throws {
    var machine = try Machine.boot(profile)
    let size = machine.pageByteCount
    let first = try machine.vmalloc(byteCount: 3 * size)
    let second = try machine.vmalloc(byteCount: 1)
    #expect(second.range.lowerBound == first.range.upperBound + size)
    let walker = Walker(format: profile.format, root: machine.kernel.root)
    for (page, frame) in first.frames.enumerated() {
      let address = first.range.lowerBound + UInt64(page) * size
      let mapping = walker.translate(VirtualAddress(address), in: machine.memory).mapping
      #expect(mapping?.physical.rawValue == frame << machine.pageSizeBits)
      #expect(mapping?.access.intersects(.user) == false)
      #expect(machine.frames.descriptor(of: frame)?.kind == .vmalloc)
    }
    #expect(walker.translate(VirtualAddress(first.range.upperBound), in: machine.memory).mapping == nil)
    #expect(machine.check().isEmpty)
  }

  @Test(
    "freed addresses are used again only after the purge that flushes them",
    arguments: [Profile.i386, .arm, .x86_64])
  func lazyPurge(_ profile: Profile) throws {
    var machine = try Machine.boot(profile)
    machine.kernel.lazyMaxPages = 8
    let task = try machine.spawn("reader")
    try machine.run(task)
    let area = try machine.vmalloc(byteCount: 4 * 4096)
    let start = area.range.lowerBound
    guard case .completed = machine.access(.read, at: start, isUser: false) else {
      Issue.record("not readable")
      return
    }
    try machine.vfree(start)
    #expect(machine.kernel.isLazilyFreed(start))
    // The page is gone, the translation is not: the kernel must not look, and nobody is told.
    #expect(machine.staleness(of: start, cpu: 0) == .lazilyFreed)
    #expect(machine.check().isEmpty)
    if case .completed = machine.access(.read, at: start, isUser: false) {
    } else {
      Issue.record("flushed at once")
    }
    #expect(try machine.vmalloc(byteCount: 4096).range.lowerBound > start)
    let other = try machine.vmalloc(byteCount: 5 * 4096)
    try machine.vfree(other.range.lowerBound)
    #expect(machine.counters.vmallocPurges == 1)
    #expect(!machine.kernel.isLazilyFreed(start))
    guard case .oops = machine.access(.read, at: start, isUser: false) else {
      Issue.record("the freed page is still read")
      return
    }
    #expect(try machine.vmalloc(byteCount: 4096).range.lowerBound == start)
  }

  @Test("vfree keeps the tables, so that what processes copied stays true")
  func keepsTables() throws {
    var machine = try Machine.boot(.i386Linux5v7)
    let area = try machine.vmalloc(byteCount: 8 << 20)
    let tables = machine.frames.freeCount
    try machine.vfree(area.range.lowerBound)
    #expect(machine.frames.freeCount == tables + 2048)
    let entry = try machine.kernel.editor.entry(
      at: 0, for: VirtualAddress(area.range.lowerBound + (4 << 20)), in: machine.memory)
    #expect(entry & 1 == 1)
  }

  @Test("the lowest hole that is large enough is taken")
  func firstFit() throws {
    var machine = try Machine.boot(.i386)
    machine.kernel.lazyMaxPages = 0
    var starts: [UInt64] = []
    for _ in 0..<6 { starts.append(try machine.vmalloc(byteCount: 3 * 4096).range.lowerBound) }
    try machine.vfree(starts[1])
    try machine.vfree(starts[3])
    try machine.vfree(starts[4])
    #expect(try machine.vmalloc(byteCount: 7 * 4096).range.lowerBound == starts[3])
    #expect(try machine.vmalloc(byteCount: 4 * 4096).range.lowerBound == starts[5] + 4 * 4096)
    #expect(try machine.vmalloc(byteCount: 1).range.lowerBound == starts[1])
    #expect(try machine.vmalloc(byteCount: 4096).range.lowerBound == starts[1] + 2 * 4096)
  }

  @Test("when addresses run out, freed ones are purged; when none are left, that is said")
  func exhaustion() throws {
    var profile = Profile.i386
    profile.ramByteCount = 1 << 30
    var machine = try Machine.boot(profile)
    let size = machine.layout.vmalloc.upperBound - machine.layout.vmalloc.lowerBound - 8192
    let allocated = machine.frames.allocate(kind: .kernel)
    let frame = try #require(allocated)
    let frames = [UInt64](repeating: frame, count: Int(size / 4096))
    let area = try machine.vmap(frames)
    #expect(throws: MachineError.outOfKernelSpace(byteCount: 2 << 20)) {
      try machine.vmalloc(byteCount: 2 << 20)
    }
    try machine.vfree(area.range.lowerBound)
    #expect(try machine.vmalloc(byteCount: 2 << 20).range.lowerBound == area.range.lowerBound)
    #expect(machine.frames.descriptor(of: frame)?.kind == .kernel)
    #expect(throws: MachineError.self) { try machine.vmalloc(byteCount: 0) }
    #expect(throws: MachineError.self) { try machine.vmalloc(byteCount: .max) }
    #expect(throws: MachineError.self) { try machine.vfree(area.range.lowerBound + 4096) }
  }

  @Test("without frames nothing is mapped and no frame is lost")
  func outOfFrames() throws {
    var profile = Profile.x86_64
    profile.ramByteCount = 48 << 20
    var machine = try Machine.boot(profile)
    let free = machine.frames.freeCount
    let tables = machine.frames.freeCount
    #expect(throws: MachineError.self) { try machine.vmalloc(byteCount: UInt64(free - 1) << 12) }
    #expect(machine.kernel.vmallocAreas.isEmpty)
    #expect(machine.frames.freeCount <= tables)
    #expect(machine.frames.freeCount > tables - 100)
    #expect(machine.check().isEmpty)
  }

  @Test("takes pages of others away where frames are short")
  func reclaims() throws {
    var machine = try Machine.small("x86-64")
    let task = try machine.spawn("init")
    try machine.run(task)
    machine.map(task, pages: 256)
    for page in 0..<UInt64(256) { _ = machine.access(.write, at: 0x40_0000 + page << 12) }
    machine.swapon("swap", byteCount: 2 << 20)
    // Tables need some.
    machine.leaveFrames(16)
    let area = try machine.vmalloc(byteCount: 64 << 12)
    #expect(area.frames.count == 64)
    #expect(machine.counters.directReclaims > 0 && machine.counters.swappedOut > 48)
    #expect(machine.check().isEmpty)
  }

  @Test("modules have their own range where the architecture has one", arguments: Profile.all)
  func modules(_ profile: Profile) throws {
    var machine = try Machine.boot(profile)
    let module = try machine.loadModule(byteCount: 20000, owner: "ext4")
    #expect(machine.layout.modules.contains(module.range.lowerBound))
    let task = try machine.spawn("user")
    try machine.run(task)
    guard case .completed = machine.access(.read, at: module.range.lowerBound, isUser: false) else {
      Issue.record("\(profile.name): a new process cannot use the module")
      return
    }
  }
}
