import LabWork
import PageTables
import Testing

@testable import KernelLab

@Suite("The machine's state")
struct CheckTests {
  @Test("never contradicts itself, whatever processes do", arguments: Profile.all.map(\.name))
  func holds(_ name: String) throws {
    for seed in UInt64(1)...3 {
      var profile = try #require(Profile.named(name))
      profile.ramByteCount = 64 << 20
      var machine = try Machine.boot(profile)
      var work = RandomWork(seed: seed, profile: machine.profile)
      var done: [String] = []
      try work.run(120, on: &machine) { machine, action in
        done.append(action)
        let found = machine.check()
        try #require(
          found.isEmpty,
          "seed \(seed): \(found.prefix(5).map(\.description)) after \(done.suffix(12).joined(separator: "\n"))"
        )
      }
    }
  }

  @Test("never contradicts itself when memory is short", arguments: Profile.all.map(\.name))
  func holdsUnderPressure(_ name: String) throws {
    var counters = Counters()
    for seed in UInt64(1)...2 {
      var profile = try #require(Profile.named(name))
      profile.ramByteCount = 64 << 20
      var machine = try Machine.boot(profile)
      machine.leaveFrames(machine.hasTransparentHugePages ? 700 : 250)
      machine.swapon("swap", byteCount: 300 * machine.pageByteCount)
      var work = RandomWork(seed: seed, profile: machine.profile, isPressed: true)
      var done: [String] = []
      try work.run(150, on: &machine) { machine, action in
        done.append(action)
        let found = machine.check()
        try #require(
          found.isEmpty,
          "seed \(seed): \(found.prefix(5).map(\.description)) after \(done.suffix(20).joined(separator: "\n"))"
        )
      }
      counters.swappedOut += machine.counters.swappedOut
      counters.swappedIn += machine.counters.swappedIn
      counters.directReclaims += machine.counters.directReclaims
    }
    // It was short indeed.
    #expect(counters.swappedOut > 0 && counters.swappedIn > 0 && counters.directReclaims > 0)
  }

  @Test("is checked: a count that is changed by hand is found")
  func findsWrongCounts() throws {
    var machine = try Machine.boot(.x86_64)
    let task = try machine.spawn("init")
    machine.mmap(
      task, at: 0x40_0000, byteCount: 0x4000, rights: [.read, .write],
      flags: [.private, .anonymous, .fixed])
    try machine.run(task)
    guard case .completed(let physical) = machine.access(.write, at: 0x40_0000) else {
      Issue.record("the page does not come")
      return
    }
    var state = machine.check()
    #expect(state == [])
    machine.frames[physical >> 12].mapCount += 1
    state = machine.check()
    #expect(state == [.mapCount(frame: physical >> 12, counted: 2, found: 1)])
    machine.frames[physical >> 12].mapCount -= 1
    task.space?.usage.anonymousPages += 1
    state = machine.check()
    #expect(state.count == 1)
    task.space?.usage.anonymousPages -= 1
    // Another frame in the entry, behind the TLB's back.
    let space = try #require(task.space)
    let found = machine.slot(for: 0x40_0000, root: space.root, depth: machine.lastDepth)
    let slot = try #require(found)
    machine.setEntry(.none, at: slot, depth: machine.lastDepth)
    let inconsistencies = machine.check()
    #expect(inconsistencies.contains { if case .tlb = $0 { true } else { false } })
    #expect(inconsistencies.contains { if case .pageCount = $0 { true } else { false } })
  }
}
