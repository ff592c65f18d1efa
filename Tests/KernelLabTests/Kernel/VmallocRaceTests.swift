import PageTables
import Testing

@testable import KernelLab

@Suite("5.8's race")
struct VmallocRaceTests {
  /// CPU 0 maps an area whose first-level entry is new. Before it has copied the entry to all roots, CPU 1 maps
  /// another area under the same entry, sees no change, and is done. What happens when CPU 1's process uses it?
  static func race(in machine: inout Machine) throws -> (AccessOutcome, Int) {
    // The range begins in the middle of what an entry spans.
    let span: UInt64 = 4 << 20
    let start = machine.layout.vmalloc.lowerBound
    if start % span != 0 { try machine.vmalloc(byteCount: span - start % span - 4096, owner: "early") }
    let (first, second) = (try machine.spawn("first"), try machine.spawn("second"))
    try machine.run(first, cpu: 0)
    try machine.run(second, cpu: 1)
    var slow = VmallocOperation(.allocate(byteCount: 64 << 10), owner: "slow", cpu: 0)
    _ = try machine.step(&slow)
    _ = try machine.step(&slow)
    guard case .synchronise(entry: 0, root: 0) = slow.stage else {
      throw MachineError.badArgument("\(slow.stage)")
    }
    var quick = VmallocOperation(.allocate(byteCount: 64 << 10), owner: "quick", cpu: 1)
    while try machine.step(&quick) {}
    let missing = machine.missingKernelEntries(of: try #require(second.space)).count
    let place = try #require(quick.area).range.lowerBound
    let outcome = machine.access(.write, at: place, isUser: false, cpu: 1)
    while try machine.step(&slow) {}
    return (outcome, missing)
  }

  @Test("5.8 leaves a root stale, and its use is an oops")
  func stale() throws {
    var machine = try Machine.boot(.i386Linux5v8)
    let (outcome, missing) = try Self.race(in: &machine)
    #expect(missing == 1)
    guard case .oops = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(machine.counters.vmallocFaults == 0)
    // The first CPU's copies come too late.
    for task in machine.tasks.values {
      #expect(machine.missingKernelEntries(of: try #require(task.space)).isEmpty)
    }
  }

  @Test("5.9's fault closes it")
  func closed() throws {
    var profile = Profile.i386Linux5v8
    profile.release = .init(5, 9)
    profile.vmallocPolicy = .eagerAndFault
    var machine = try Machine.boot(profile)
    let (outcome, missing) = try Self.race(in: &machine)
    #expect(missing == 1)
    guard case .completed = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(machine.counters.vmallocFaults == 1)
    #expect(machine.check().isEmpty)
  }

  @Test("without an interruption 5.8 needs no fault")
  func noRace() throws {
    var machine = try Machine.boot(.i386Linux5v8)
    let task = try machine.spawn("user")
    try machine.run(task)
    let area = try machine.vmalloc(byteCount: 8 << 20)
    #expect(machine.missingKernelEntries(of: try #require(task.space)).isEmpty)
    guard case .completed = machine.access(.read, at: area.range.lowerBound, isUser: false) else {
      Issue.record("not mapped")
      return
    }
    #expect(machine.counters.synchronisedKernelEntries == 3)
    #expect(machine.counters.visitedRoots == 3)
  }
}
