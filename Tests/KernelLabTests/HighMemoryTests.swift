import PageTableEditing
import PageTables
import Testing

@testable import KernelLab

@Suite("High memory")
struct HighMemoryTests {
  @Test("a frame of the linear map is where it always is")
  func linear() throws {
    let lab = try Lab()
    let frame = try #require(lab.normalFrame())
    let address = 0xc000_0000 + frame << 12
    #expect(try lab.kmap(frame) == address)
    #expect(try lab.kmapLocal(frame) == address)
    #expect(lab.pageAddress(of: frame) == address)
    try lab.kunmap(address)
    try lab.kunmapLocal(address)
    #expect(lab.machine.highMemory.permanent.counts.allSatisfy { $0 == 0 })
  }

  @Test("kmap counts users, keeps the entry when they are gone, and says the same address again")
  func counts() throws {
    let lab = try Lab(frameCount: 2)
    let base = lab.machine.layout.pkmap.lowerBound
    let address = try lab.kmap(lab.frames[0])
    // The search begins behind the last place, and that was 0.
    #expect(address == base + 4096)
    #expect(try lab.kmap(lab.frames[0]) == address)
    #expect(lab.machine.highMemory.permanent.counts[1] == 3)
    #expect(try lab.kmap(lab.frames[1]) == base + 2 * 4096)
    try lab.kunmap(address)
    try lab.kunmap(address)
    #expect(lab.machine.highMemory.permanent.counts[1] == 1)
    #expect(lab.mapped(address) == lab.frames[0] << 12)
    #expect(lab.pageAddress(of: lab.frames[0]) == address)
    #expect(throws: HighMemoryError.notMapped(address: address)) { try lab.kunmap(address) }
    #expect(try lab.kmap(lab.frames[0]) == address)
    #expect(lab.check() == [])
  }

  @Test(
    "when the search comes round, all unused places are flushed at once",
    arguments: ["i386", "i386-pae", "arm"])
  func wrap(name: String) throws {
    let profile = try #require(Profile.named(name))
    let lab = try Lab(profile, frameCount: 2000)
    let count = lab.machine.highMemory.permanent.counts.count
    #expect(count == (name == "i386" ? 1024 : 512))
    let kept = try lab.kmap(lab.frames[0])
    for frame in lab.frames[1..<count - 1] { try lab.kunmap(try lab.kmap(frame)) }
    // Places 1 to the last are used up; 0 comes with the flush.
    #expect(lab.machine.highMemory.permanent.flushCount == 0)
    let next = try lab.kmap(lab.frames[count])
    #expect(next == lab.machine.layout.pkmap.lowerBound)
    #expect(lab.machine.highMemory.permanent.flushCount == 1)
    #expect(lab.machine.highMemory.permanent.counts.filter { $0 == 0 }.count == count - 2)
    #expect(lab.mapped(kept) == lab.frames[0] << 12)
    #expect(lab.mapped(kept + 4096) == nil)
    #expect(lab.pageAddress(of: lab.frames[1]) == nil)
  }

  @Test("with all places in use kmap would sleep")
  func full() throws {
    let lab = try Lab(.i386PAE, frameCount: 513)
    for frame in lab.frames[..<512] { _ = try lab.kmap(frame) }
    #expect(throws: HighMemoryError.wouldSleep(slotCount: 512)) { try lab.kmap(lab.frames[512]) }
    try lab.kunmap(lab.machine.layout.pkmap.lowerBound + 7 * 4096)
    #expect(try lab.kmap(lab.frames[512]) == lab.machine.layout.pkmap.lowerBound + 7 * 4096)
  }

  @Test("the process sees a permanent mapping at once: the table is shared")
  func shared() throws {
    let lab = try Lab(frameCount: 1)
    let space = try #require(try lab.machine.spawn("init").space)
    let address = try lab.kmap(lab.frames[0])
    let process = Walker(format: lab.machine.profile.format, root: space.root)
    #expect(
      process.translate(VirtualAddress(address), in: lab.machine.memory).mapping?.page.rawValue == lab.frames[
        0] << 12)
  }

  @Test(
    "stacked mappings go down the fixmap, each processor for itself, and come off in reverse",
    arguments: ["i386-5.8", "i386", "arm"])
  func stack(name: String) throws {
    let lab = try Lab(try #require(Profile.named(name)), frameCount: 20)
    let first = try lab.kmapLocal(lab.frames[0])
    let second = try lab.kmapLocal(lab.frames[1])
    let other = try lab.kmapLocal(lab.frames[2], cpu: 1)
    #expect(first == lab.machine.layout.temporaryMappings.upperBound - 4096)
    #expect(second == first - 4096)
    #expect(other == first - 16 * 4096)
    #expect(lab.machine.layout.fixmap.contains(other))
    #expect(lab.mapped(second) == lab.frames[1] << 12)
    #expect(throws: HighMemoryError.wrongOrder(address: first, expected: second)) {
      try lab.kunmapLocal(first)
    }
    #expect(throws: HighMemoryError.wrongRule(lab.machine.profile.usedTemporaryMappingRule)) {
      _ = try lab.kmapLocal(lab.frames[3], type: 0)
    }
    for frame in lab.frames[3..<17] { _ = try lab.kmapLocal(frame) }
    #expect(throws: HighMemoryError.noPlace(cpu: 0, slotCount: 16)) { try lab.kmapLocal(lab.frames[17]) }
    for slot in (0..<16).reversed() { try lab.kunmapLocal(first - UInt64(slot) * 4096) }
    #expect(lab.mapped(first) == nil)
    #expect(throws: HighMemoryError.notMapped(address: first)) { try lab.kunmapLocal(first) }
  }

  @Test("typed mappings have a place for each purpose")
  func typed() throws {
    var profile = Profile.i386
    profile.temporaryMappingRule = .typed
    let lab = try Lab(profile, frameCount: 3)
    let third = try lab.kmapLocal(lab.frames[0], type: 3)
    #expect(third == lab.machine.layout.temporaryMappings.upperBound - 4 * 4096)
    #expect(throws: HighMemoryError.isTaken(type: 3, cpu: 0)) { try lab.kmapLocal(lab.frames[1], type: 3) }
    #expect(throws: HighMemoryError.badType(16, count: 16)) { try lab.kmapLocal(lab.frames[1], type: 16) }
    #expect(throws: HighMemoryError.wrongRule(.typed)) { try lab.kmapLocal(lab.frames[1]) }
    _ = try lab.kmapLocal(lab.frames[1], type: 0)
    try lab.kunmapLocal(third)
    #expect(lab.mapped(third) == nil)
  }

  @Test("a task's mappings go with it, and come back at the same addresses")
  func switching() throws {
    let lab = try Lab(frameCount: 3)
    let one = try lab.machine.spawn("one")
    let other = try lab.machine.spawn("other")
    try lab.run(one)
    let first = try lab.kmapLocal(lab.frames[0])
    let second = try lab.kmapLocal(lab.frames[1])
    #expect(lab.kernelRead(first) == .completed(lab.frames[0] << 12))
    try lab.run(other)
    #expect(lab.mapped(first) == nil)
    // The other's first place is the same address, and no TLB remembers.
    #expect(try lab.kmapLocal(lab.frames[2]) == first)
    #expect(lab.kernelRead(first) == .completed(lab.frames[2] << 12))
    #expect(throws: MachineError.self) { try lab.run(one, cpu: 1) }
    try lab.run(one)
    #expect(lab.mapped(first) == lab.frames[0] << 12)
    #expect(lab.mapped(second) == lab.frames[1] << 12)
    #expect(lab.check() == [])
  }

  @Test("before tasks kept them, a processor with such mappings could not switch")
  func atomic() throws {
    let lab = try Lab(.i386Linux5v8, frameCount: 1)
    let one = try lab.machine.spawn("one")
    let other = try lab.machine.spawn("other")
    try lab.run(one)
    let address = try lab.kmapLocal(lab.frames[0])
    #expect(throws: MachineError.self) { try lab.run(other) }
    try lab.kunmapLocal(address)
    try lab.run(other)
  }

  @Test(
    "a device read walks Linux's entries and reads the word",
    arguments: ["i386", "i386-pae", "arm", "x86-64", "riscv64"])
  func deviceRead(name: String) throws {
    let lab = try Lab(try #require(Profile.named(name)))
    let task = try lab.machine.spawn("experiment")
    let space = try #require(task.space)
    space.areas.append(Area(start: 0x40_0000, end: 0x60_0000, flags: [.read, .write], pageOffset: 0x400))
    try lab.run(task)
    guard case .completed(let physical) = lab.machine.access(.write, at: 0x40_1234) else {
      Issue.record("no page")
      return
    }
    try lab.machine.memory.store(entry: 0x8055, byteCount: 4, order: .little, at: PhysicalAddress(physical))
    let read = try lab.deviceRead(pid: task.pid, address: 0x40_1236)
    #expect(read.stop == nil)
    #expect(read.value == 0x8055)
    #expect(read.physical == physical)
    #expect(read.levels.map(\.name) == ["pgd", "p4d", "pud", "pmd", "pte"])
    #expect(read.mapping == (lab.isHighMemory(physical >> 12) ? .temporary : .linear))
    #expect(lab.temporaryCount == 0)
    let missing = try lab.deviceRead(pid: task.pid, address: 0x50_0000_00)
    #expect(missing.value == nil)
    #expect(missing.stop == "nothing is mapped there")
    #expect(throws: MachineError.noSuchTask(pid: 99)) { try lab.deviceRead(pid: 99, address: 0) }
  }
}

/// A machine that expectations can call, and frames that its linear map lacks.
private final class Lab {
  var machine: Machine
  let frames: [UInt64]

  init(_ profile: Profile = .i386, frameCount: Int = 0) throws {
    var machine = try Machine.boot(profile)
    frames = (0..<frameCount).compactMap { _ in machine.frames.allocate(zone: .highMemory, kind: .anonymous) }
    self.machine = machine
    try #require(frames.count == frameCount)
    for frame in frames { #expect(isHighMemory(frame)) }
  }

  func kmap(_ frame: UInt64) throws(HighMemoryError) -> UInt64 { try machine.mapPermanently(frame) }
  func kunmap(_ address: UInt64) throws(HighMemoryError) { try machine.unmapPermanently(address) }
  func kmapLocal(_ frame: UInt64, cpu: Int = 0, type: Int? = nil) throws(HighMemoryError) -> UInt64 {
    try machine.mapTemporarily(frame, cpu: cpu, type: type)
  }
  func kunmapLocal(_ address: UInt64) throws(HighMemoryError) { try machine.unmapTemporarily(address) }
  func run(_ task: KernelLab.Task, cpu: Int = 0) throws(MachineError) { try machine.run(task, cpu: cpu) }
  func kernelRead(_ address: UInt64) -> AccessOutcome { machine.access(.read, at: address, isUser: false) }
  func deviceRead(pid: Int, address: UInt64) throws(MachineError) -> DeviceRead {
    try machine.deviceRead(pid: pid, address: address)
  }

  func normalFrame() -> UInt64? { machine.frames.allocate(zone: .normal, kind: .anonymous) }
  func check() -> [Inconsistency] { machine.check() }
  func pageAddress(of frame: UInt64) -> UInt64? { machine.pageAddress(of: frame) }
  func isHighMemory(_ frame: UInt64) -> Bool { machine.isHighMemory(frame) }

  /// The frame's address that the master maps there.
  func mapped(_ address: UInt64) -> UInt64? {
    let walker = Walker(format: machine.profile.format, root: machine.kernel.root)
    return walker.translate(VirtualAddress(address), in: machine.memory).mapping?.page.rawValue
  }

  var temporaryCount: Int { machine.highMemory.temporary.places[0].filter { $0 != nil }.count }
}
