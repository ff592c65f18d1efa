import PageTables
import Testing

@testable import KernelLab

@Suite("Flushing")
struct FlushTests {
  /// Takes the page at 400000 away without telling anybody.
  static func unmap(_ space: AddressSpace, in machine: inout Machine) throws -> Range<UInt64> {
    let found = machine.slot(for: 0x40_0000, root: space.root, depth: machine.lastDepth)
    let slot = try #require(found)
    let frame = machine.codec.frame(of: machine.entry(at: slot, depth: machine.lastDepth))
    machine.setEntry(.none, at: slot, depth: machine.lastDepth)
    machine.frames[frame].mapCount -= 1
    machine.frames.drop(frame)
    space.usage.anonymousPages -= 1
    return 0x40_0000..<0x40_0000 + machine.pageByteCount
  }

  @Test("a changed entry is stale in the TLB until it is flushed", arguments: Profile.all)
  func flushed(_ profile: Profile) throws {
    var machine = try Machine.boot(profile)
    let task = try SwitchTests.process("user", in: &machine)
    let space = try #require(task.space)
    let range = try Self.unmap(space, in: &machine)
    #expect(machine.check().contains { if case .tlb = $0 { true } else { false } })
    machine.flush(range, of: space)
    #expect(machine.check().isEmpty)
    #expect(space.flushGeneration == 2)
  }

  @Test(
    "a flush that a scenario leaves out is a declared window: the stale page is read, and nothing is reported",
    arguments: Profile.all)
  func missing(_ profile: Profile) throws {
    var machine = try Machine.boot(profile)
    let task = try SwitchTests.process("user", in: &machine)
    let space = try #require(task.space)
    guard case .completed(let stale) = machine.access(.read, at: 0x40_0000) else { return }
    machine.missFlushes(true)
    let range = try Self.unmap(space, in: &machine)
    machine.flush(range, of: space)
    machine.missFlushes(false)
    #expect(machine.kernel.staleWindows == [StaleWindow(range: range, space: space.id, cpus: CPUSet([0]))])
    #expect(machine.access(.read, at: 0x40_0000) == .completed(stale))
    #expect(machine.check().isEmpty)
    // Another page of the same space is not excused.
    #expect(machine.staleness(of: 0x40_0000, cpu: 0) != nil)
    #expect(machine.staleness(of: 0x50_0000, cpu: 0) == nil)
    #expect(machine.staleness(of: 0x40_0000, cpu: 1) == nil)
    // A flush closes the window.
    machine.flushAll(space)
    #expect(machine.kernel.staleWindows.isEmpty)
    guard case .completed(let fresh) = machine.access(.read, at: 0x40_0000) else {
      Issue.record("not brought back")
      return
    }
    _ = fresh
    #expect(machine.check().isEmpty)
  }

  @Test("a switch without tags closes a window too; with tags it stays open")
  func windowsAtSwitch() throws {
    for (profile, stays) in [(Profile.i386, false), (.x86_64, true), (.arm, true)] {
      var machine = try Machine.boot(profile)
      let task = try SwitchTests.process("user", in: &machine)
      let space = try #require(task.space)
      machine.missFlushes(true)
      machine.flush(try Self.unmap(space, in: &machine), of: space)
      machine.missFlushes(false)
      try machine.run(machine.spawn("other"))
      #expect(machine.kernel.staleWindows.isEmpty != stays)
      #expect(machine.check().isEmpty)
      try machine.run(task)
      #expect(machine.check().isEmpty)
    }
  }

  @Test("only CPUs that may have translations are interrupted")
  func mask() throws {
    var profile = Profile.x86_64
    profile.cpuCount = 4
    var machine = try Machine.boot(profile)
    let task = try SwitchTests.process("user", in: &machine)
    let space = try #require(task.space)
    for cpu in 1..<4 { try machine.run(machine.spawn("p\(cpu)"), cpu: cpu) }
    machine.actingCPU = 0
    machine.flush(page: 0x40_0000, of: space)
    #expect(machine.counters.interprocessorFlushes == 0)
    #expect(machine.counters.pageFlushes == 1)
    machine.actingCPU = 3
    machine.flush(page: 0x40_0000, of: space)
    #expect(machine.counters.interprocessorFlushes == 1)
    machine.flushKernel(machine.layout.vmalloc.lowerBound..<machine.layout.vmalloc.lowerBound + 4096)
    #expect(machine.counters.interprocessorFlushes == 4)
  }

  @Test("a CPU in lazy TLB mode is left alone, and catches up before it uses the space again")
  func lazy() throws {
    var machine = try Machine.boot(.x86_64)
    let task = try SwitchTests.process("user", in: &machine)
    let space = try #require(task.space)
    try machine.run(machine.spawnKernelThread("kworker"))
    try machine.run(machine.spawn("other"), cpu: 1)
    machine.flush(try Self.unmap(space, in: &machine), of: space)
    #expect(machine.counters.interprocessorFlushes == 0)
    #expect(machine.counters.deferredFlushes == 1)
    #expect(machine.staleness(of: 0x40_0000, cpu: 0) == .lazyTLB(space: space.id))
    #expect(machine.check().isEmpty)
    let flushes = machine.counters.flushingRootLoads
    try machine.run(task)
    #expect(machine.counters.flushingRootLoads == flushes + 1)
    #expect(machine.staleness(of: 0x40_0000, cpu: 0) == nil)
    #expect(machine.check().isEmpty)
  }

  @Test("before 4.20, and when tables are freed, a lazy CPU is interrupted and leaves the space")
  func lazyInterrupted() throws {
    var old = Profile.x86_64
    old.release = KernelRelease(4, 19)
    for (profile, freesTables) in [(old, false), (Profile.x86_64, true)] {
      var machine = try Machine.boot(profile)
      let task = try SwitchTests.process("user", in: &machine)
      let space = try #require(task.space)
      try machine.run(machine.spawnKernelThread("kworker"))
      try machine.run(machine.spawn("other"), cpu: 1)
      machine.flush(0x40_0000..<0x40_1000, of: space, freesTables: freesTables)
      #expect(machine.counters.interprocessorFlushes == 1)
      #expect(machine.cpus[0].activeSpace == nil)
      #expect(machine.cpus[0].root == machine.kernel.root)
      #expect(space.holderCount == 1)
    }
  }

  @Test("a space that is not loaded is flushed when it is: its count of flushes tells")
  func notLoaded() throws {
    var machine = try Machine.boot(.x86_64)
    let task = try SwitchTests.process("user", in: &machine)
    let space = try #require(task.space)
    try machine.run(machine.spawn("other"))
    machine.flush(try Self.unmap(space, in: &machine), of: space)
    #expect(machine.counters.interprocessorFlushes == 0)
    try machine.run(task)
    #expect(machine.check().isEmpty)
    let walks = machine.counters.walks
    _ = machine.access(.read, at: 0x40_0000)
    #expect(machine.counters.walks > walks)
  }

  @Test("ARM tells all CPUs without interrupting any; RISC-V interrupts those that had the space")
  func broadcast() throws {
    var machine = try Machine.boot(.arm)
    let task = try SwitchTests.process("user", in: &machine)
    let space = try #require(task.space)
    try machine.run(task, cpu: 1)
    _ = machine.access(.read, at: 0x40_0000, cpu: 1)
    machine.flush(try Self.unmap(space, in: &machine), of: space)
    #expect(machine.counters.broadcastFlushes == 1)
    #expect(machine.counters.interprocessorFlushes == 0)
    #expect(machine.check().isEmpty)
    var other = try Machine.boot(.riscv64)
    let user = try SwitchTests.process("user", in: &other)
    let moved = try #require(user.space)
    try other.run(user, cpu: 1)
    other.flush(try Self.unmap(moved, in: &other), of: moved)
    #expect(other.counters.interprocessorFlushes == 1)
    #expect(other.check().isEmpty)
  }

  @Test("many pages are flushed as one space")
  func ceiling() throws {
    var machine = try Machine.boot(.x86_64)
    let task = try SwitchTests.process("user", in: &machine)
    let space = try #require(task.space)
    machine.flush(0x40_0000..<0x40_0000 + 33 << 12, of: space)
    #expect(machine.counters.pageFlushes == 33 && machine.counters.spaceFlushes == 0)
    machine.flush(0x40_0000..<0x40_0000 + 34 << 12, of: space)
    #expect(machine.counters.pageFlushes == 33 && machine.counters.spaceFlushes == 1)
  }

  @Test("a kernel flush that is left out shows what was mapped before")
  func missingKernelFlush() throws {
    var machine = try Machine.boot(.x86_64)
    machine.kernel.lazyMaxPages = 0
    let task = try SwitchTests.process("user", in: &machine)
    try machine.run(task)
    let area = try machine.vmalloc(byteCount: 4096)
    let start = area.range.lowerBound
    guard case .completed(let stale) = machine.access(.read, at: start, isUser: false) else { return }
    machine.missFlushes(true)
    try machine.vfree(start)
    machine.missFlushes(false)
    // A frame in between, so that the next area has another one.
    _ = machine.frames.allocate(kind: .kernel)
    let next = try machine.vmalloc(byteCount: 4096)
    #expect(next.range == area.range)
    #expect(machine.access(.read, at: start, isUser: false) == .completed(stale))
    #expect(next.frames[0] << 12 != stale)
    #expect(machine.check().isEmpty)
    machine.flushKernel(next.range)
    #expect(machine.access(.read, at: start, isUser: false) == .completed(next.frames[0] << 12))
  }
}
