import Testing

@testable import KernelLab

@Suite("Memory of processes")
struct MemoryTests {
  static let base: UInt64 = 0x1000_0000

  /// A machine with a process that runs and has an area of private writable memory.
  static func machine(_ name: String = "x86-64", pages: UInt64 = 16) throws -> Machine {
    var profile = try #require(Profile.named(name))
    profile.ramByteCount = 64 << 20
    var machine = try Machine.boot(profile)
    let task = try machine.spawn("init")
    machine.mmap(
      task, at: base, byteCount: pages * machine.pageByteCount, rights: [.read, .write],
      flags: [.private, .anonymous, .fixed])
    try machine.run(task)
    return machine
  }

  @Test("on ARM a child's pages are old: the first access to each is a fault, the parent's are not")
  func oldInChild() throws {
    for name in ["arm", "arm-lpae", "riscv64", "alpha"] {
      var machine = try Self.machine(name)
      let task = try #require(machine.tasks.values.first)
      guard !machine.profile.setsAccessedAndDirty else { continue }
      _ = machine.access(.write, at: Self.base)
      let child = try machine.fork(task)
      _ = machine.access(.read, at: Self.base)
      #expect(task.minorFaultCount == 1, "\(name)")
      try machine.run(child)
      _ = machine.access(.read, at: Self.base)
      #expect(child.minorFaultCount == 1, "\(name)")
      _ = machine.access(.read, at: Self.base)
      #expect(child.minorFaultCount == 1, "\(name)")
      let found = machine.check()
      #expect(found == [])
    }
  }

  @Test("on ARM a clean page takes one more fault at its first write; x86 notes it by itself")
  func cleanPage() throws {
    for (name, faults) in [("arm", 2), ("arm-lpae", 2), ("x86-64", 1)] as [(String, UInt64)] {
      var machine = try Self.machine(name)
      let task = try #require(machine.tasks.values.first)
      let file = machine.makeFile("f", byteCount: 0x4000)
      machine.mmap(
        task, at: 0x2000_0000, byteCount: 0x4000, rights: [.read, .write], flags: [.shared, .fixed],
        file: file)
      _ = machine.access(.read, at: 0x2000_0000)
      _ = machine.access(.write, at: 0x2000_0000)
      #expect(task.minorFaultCount == faults, "\(name)")
    }
  }

  @Test("a copy on write has the bytes of the page it was made from, and the other keeps them")
  func copiesBytes() throws {
    var machine = try Self.machine()
    let task = try #require(machine.tasks.values.first)
    guard case .completed(let physical) = machine.access(.write, at: Self.base) else { throw Unexpected() }
    machine.store(0x1234_5678_9abc_def0, at: physical, machine.geometries[3])
    let child = try machine.fork(task)
    try machine.run(child)
    guard case .completed(let copy) = machine.access(.write, at: Self.base) else { throw Unexpected() }
    #expect(copy != physical)
    #expect(machine.load(copy, machine.geometries[3]) == 0x1234_5678_9abc_def0)
    machine.store(1, at: copy, machine.geometries[3])
    #expect(machine.load(physical, machine.geometries[3]) == 0x1234_5678_9abc_def0)
  }

  struct Unexpected: Error {}

  @Test("a page that was reused comes back zeroed", arguments: Profile.names)
  func zeroed(_ name: String) throws {
    var machine = try Self.machine(name)
    let task = try #require(machine.tasks.values.first)
    for _ in 0..<3 {
      guard case .completed(let physical) = machine.access(.write, at: Self.base) else { throw Unexpected() }
      let geometry = machine.geometries[machine.lastDepth]
      #expect(machine.load(physical, geometry) == 0)
      machine.store(0xffff_ffff, at: physical, geometry)
      machine.madvise(task, at: Self.base, byteCount: machine.pageByteCount, advice: 4)
    }
  }

  @Test(
    "when frames run out, accesses and forks say so, nothing is shared by mistake, and exit gives all back")
  func outOfFrames() throws {
    var profile = try #require(Profile.named("x86-64"))
    profile.ramByteCount = 32 << 20
    var machine = try Machine.boot(profile)
    let before = machine.frames.freeCount
    let task = try machine.spawn("init")
    machine.mmap(
      task, at: Self.base, byteCount: 64 << 20, rights: [.read, .write],
      flags: [.private, .anonymous, .fixed])
    try machine.run(task)
    // Nobody may be ended for its memory.
    machine.adjustBadness(of: task, by: -1000)
    var page: UInt64 = 0
    while case .completed = machine.access(.write, at: Self.base + page << 12), page < 16384 { page += 1 }
    #expect(machine.access(.write, at: Self.base + page << 12) == .outOfMemory)
    #expect(machine.frames.freeCount < 4)
    #expect(throws: MachineError.self) { _ = try machine.fork(task) }
    var found = machine.check()
    #expect(found == [])
    machine.exit(task)
    for cpu in machine.cpus.indices { machine.leaveLazyTLB(cpu: cpu) }
    found = machine.check()
    #expect(found == [])
    #expect(machine.frames.freeCount == before)
  }

  @Test("before 5.9 a page is written in place if one entry maps it, until 5.18 if nobody refers to it")
  func reuseByEra() throws {
    for (rule, isReused) in [(CopyOnWriteReuse.mapCount, true), (.referenceCount, false), (.exclusive, true)]
    {
      var profile = try #require(Profile.named("x86-64"))
      profile.ramByteCount = 64 << 20
      profile.areaRules.copyOnWriteReuse = rule
      var machine = try Machine.boot(profile)
      let task = try machine.spawn("init")
      machine.mmap(
        task, at: Self.base, byteCount: 0x1000, rights: [.read, .write],
        flags: [.private, .anonymous, .fixed])
      try machine.run(task)
      guard case .completed(let first) = machine.access(.write, at: Self.base) else { throw Unexpected() }
      machine.exit(try machine.fork(task))
      // Somebody looks at the page, as a device would.
      machine.frames[first >> 12].referenceCount += 1
      guard case .completed(let second) = machine.access(.write, at: Self.base) else { throw Unexpected() }
      #expect((first == second) == isReused, "\(rule)")
    }
  }

  @Test("a system call refuses what Linux refuses, whatever the numbers are")
  func refusals() throws {
    var machine = try Self.machine()
    let task = try #require(machine.tasks.values.first)
    let invalid = SystemError.invalid
    let noMemory = SystemError.noMemory
    let last = UInt64.max & ~0xfff
    let anonymous: MappingFlags = [.private, .anonymous]
    let file = machine.makeFile("f")
    let answers: [(Int64, SystemError)] = [
      (machine.munmap(task, at: 1, byteCount: 4096), invalid),
      (machine.munmap(task, at: 0, byteCount: .max), invalid),
      (machine.mprotect(task, at: last, byteCount: .max, rights: .read), noMemory),
      (machine.madvise(task, at: last, byteCount: .max, advice: 4), invalid),
      (machine.madvise(task, at: 0, byteCount: 1, advice: 99), invalid),
      (machine.mlock(task, at: .max, byteCount: .max), invalid),
      (machine.mremap(task, at: last, oldByteCount: .max, newByteCount: 1, flags: .mayMove), invalid),
      (machine.mmap(task, byteCount: .max, rights: .read, flags: anonymous), noMemory),
      (
        machine.mmap(task, at: .max, byteCount: 1, rights: .read, flags: [.private, .anonymous, .fixed]),
        noMemory
      ),
      (machine.ftruncate(file, byteCount: .max), invalid),
    ]
    for (place, (answer, error)) in answers.enumerated() { #expect(answer == error.result, "call \(place)") }
    let end = machine.brk(task, to: .max)
    #expect(end == 0)
    let found = machine.check()
    #expect(found == [])
  }

  @Test("what a page table counts is what Linux shows: two KiB for ARM's table, none for the top")
  func accounting() throws {
    for (name, bytes) in [("x86-64", 12288), ("i386", 4096), ("arm", 2048), ("riscv64", 8192)]
      as [(String, UInt64)]
    {
      var machine = try Self.machine(name)
      let task = try #require(machine.tasks.values.first)
      let space = try #require(task.space)
      let before = machine.pageTableByteCount(of: space)
      _ = machine.access(.write, at: Self.base)
      #expect(machine.pageTableByteCount(of: space) == before + bytes, "\(name)")
    }
  }
}
