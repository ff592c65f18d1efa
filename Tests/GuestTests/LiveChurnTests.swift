import Foundation
import Testing

/// What is said of kernels whose processes come and go, map and unmap on all processors while they are read: it is
/// true, or named as changing.
@Suite(
  .enabled(
    if: !LiveGuest.asked.isEmpty || Guest.isRequired,
    "no guest was asked; run scripts/link-static PAGEWALK and scripts/guests live PAGEWALK amd64 amd64-la57"))
struct LiveChurnTests {
  private struct Statistics: Decodable {
    struct Mapped: Decodable, Equatable {
      var pageSize: UInt64
      var bytes: UInt64
    }
    var scope: String
    var pid: Int?
    var command: String?
    var tables: Int
    var bytes: UInt64
    var mapped: [Mapped]
    var changing: String?
    var exited: Int?
  }

  private struct Comparison: Decodable {
    struct Entry: Decodable {}
    var pid: Int
    var command: String
    var stale: [Entry]?
    var different: [Entry]?
    var unreadable: [Entry]?
    var changing: String?

    var isOdd: Bool { [stale, different, unreadable].contains { $0?.isEmpty == false } }
  }

  private struct Finding: Decodable {
    var rule: String
    var command: String
    var summary: String
    var pids: [Int]?
  }

  private struct Changing: Decodable {
    var start: String
    var end: String
    var changing: Bool?
  }

  /// What the processes of the churn are called.
  private static let movers: Set = ["mover", "exe"]

  @Test("of a page that never rests is told what was there, or that it changes", arguments: LiveGuest.asked)
  func walk(_ guest: LiveGuest) throws {
    var tally = Tally()
    for walk in try guest.answers("churn.walk", as: LiveAnswer.Walk.self, status: [0, 1]) {
      switch (walk.outcome, walk.reason) {
      // A page that was just made is zero until its owner writes.
      case ("mapped", nil) where walk.word == walk.address || walk.word == 0: tally.count("right")
      case ("changing", "changing"), ("not-mapped", "absent"): tally.count(walk.outcome)
      default: tally.differ("\(walk)")
      }
    }
    print("live \(guest.name), pages that never rest: \(tally)")
    // That tables change under a walk each of its times is chance, and rare where the processors are
    // seldom on at once: ``SteadyWalkTests`` make it happen. Here nothing else may be said of such a page.
    #expect(tally["changing"] + tally["right"] + tally["not-mapped"] > 100)
    #expect(tally.differenceCount * 100 <= tally["changing"] + tally["right"] + tally["not-mapped"])
  }

  @Test("who was there all the time is listed, by its name", arguments: LiveGuest.asked)
  func processes(_ guest: LiveGuest) throws {
    let found = try guest.answers("churn.ps", as: LiveAnswer.Process.self)
    let byPID = Dictionary(found.map { ($0.pid, $0) }, uniquingKeysWith: { first, _ in first })
    let child = try #require(Int(try guest.text("child").trimmingCharacters(in: .whitespacesAndNewlines)))
    for line in try guest.lines("churn.before") {
      guard let pid = Int(line.prefix { $0 != " " }), let truth = TaskTruth(stat: line, groups: [pid: pid]),
        truth.name.hasPrefix("probe") || pid == 1 || pid == child
      else { continue }
      let process = byPID[pid]
      #expect(process.map { truth.isNamed($0.command) && $0.doubts == nil } == true, "\(line)")
    }
    #expect(byPID[child] != nil)
  }

  @Test(
    "numbers that changed while they were counted are marked; the others are right",
    arguments: LiveGuest.asked)
  func statistics(_ guest: LiveGuest) throws {
    let moving = try guest.answers("churn.stats", as: Statistics.self)
    let still = try guest.answers("still.stats", as: Statistics.self)
    let truth = Dictionary(
      still.filter { $0.scope == "process" }.map { ($0.pid ?? 0, $0) },
      uniquingKeysWith: { first, _ in first })
    let ram: UInt64 = 512 << 20
    var tally = Tally()
    for space in moving where space.scope == "process" {
      let isMover = Self.movers.contains(space.command ?? "")
      tally.count(space.changing ?? "settled")
      if space.changing == nil, let known = truth[space.pid ?? 0], known.command == space.command, !isMover {
        // The shell that runs all this goes on, and so do those that wait for nothing.
        if space.mapped == known.mapped, space.tables == known.tables {
          tally.count("the same afterwards")
        } else if space.command?.hasPrefix("probe") == true {
          tally.differ("\(space), afterwards \(known)")
        }
      }
      // Nonsense is large: a word of somebody else's as an entry maps a gigabyte.
      let mapped = space.mapped.reduce(0) { $0 &+ $1.bytes }
      if space.changing == nil, mapped > 2 * ram || space.bytes > ram { tally.differ("\(space)") }
    }
    let total = try #require(moving.last { $0.scope == "total" })
    print("live \(guest.name), counted under churn: \(tally), \(total.exited ?? 0) exited")
    #expect(tally.differenceCount == 0)
    #expect(tally["the same afterwards"] >= 5)
    #expect((total.changing != nil) == moving.dropLast().contains { $0.changing != nil })
    let words = try guest.text("churn.stats.err")
    if total.changing != nil || total.exited != nil {
      #expect(words.contains("partial: the system is running"))
    }
    #expect(try guest.text("churn.text.out").hasPrefix("kernel page table "))
  }

  @Test("processes are compared as they are, or said to be changing", arguments: LiveGuest.asked)
  func compare(_ guest: LiveGuest) throws {
    let moving = try guest.answers("churn.compare", as: Comparison.self, status: [0, 1])
    let odd = try Set(
      guest.answers("still.compare", as: Comparison.self, status: [0, 1]).filter(\.isOdd).map(\.pid))
    for process in moving where process.isOdd { #expect(odd.contains(process.pid), "\(process)") }
    #expect(moving.count { $0.changing == nil } > 8)
    let gone = moving.count { $0.changing == "exited" }
    print("live \(guest.name), compared under churn: \(moving.count), \(gone) exited")
  }

  @Test("an audit finds nothing under churn that is not found afterwards", arguments: LiveGuest.asked)
  func audit(_ guest: LiveGuest) throws {
    let still = try guest.answers("still.audit", as: Finding.self, status: [0, 1])
    for finding in try guest.answers("churn.audit", as: Finding.self, status: [0, 1]) {
      #expect(
        still.contains { $0.rule == finding.rule && $0.command == finding.command }, "\(finding)")
    }
  }

  @Test("frames, regions, differences and maps answer, and mark what changed", arguments: LiveGuest.asked)
  func others(_ guest: LiveGuest) throws {
    #expect(try guest.status("churn.frames") == 0)
    #expect(try guest.lines("churn.frames.out").count == 1)
    let regions = try guest.answers("churn.kernel", as: Changing.self)
    let quiet = try guest.lines("best.kernel.out").count
    #expect(regions.count { $0.changing == nil } * 2 > quiet)
    // Two processes that rest: nothing is marked.
    let resting = try guest.answers("churn.diff", as: Changing.self, status: [1])
    #expect(
      !resting.isEmpty && resting.allSatisfy { $0.changing == nil || LiveGuest.number($0.start)! >> 63 == 1 })
    let moving = try guest.answers("churn.differ", as: Changing.self, status: [1])
    let map = try guest.answers("churn.map", as: Changing.self, status: [0])
    print(
      "live \(guest.name), changed: \(regions.count { $0.changing == true }) of \(regions.count) regions, "
        + "\(moving.count { $0.changing == true }) of \(moving.count) differences, "
        + "\(map.count { $0.changing == true }) of \(map.count) ranges; kernel: "
        + "tried \(try guest.text("churn.kernel.tries").prefix(1)) times")
    // Whether a page is otherwise at the second of two moments is chance; that it is told of is not.
    for (name, marked) in [
      ("map", map.contains { $0.changing == true }), ("differ", moving.contains { $0.changing == true }),
      ("kernel", regions.contains { $0.changing == true }),
    ] {
      let words = try guest.text("churn.\(name).err")
      #expect(words.contains("partial: the system is running") == marked, "\(name)")
    }
  }

  @Test("what is neither a page nor swap is what the kernel made of it", arguments: LiveGuest.asked)
  func special(_ guest: LiveGuest) throws {
    let special = SpecialEntry.all(of: try guest.lines("special"))
    let walks = try guest.answers("special.walk", as: LiveAnswer.Walk.self, status: [1])
    let release = try guest.text("release")
    #expect(special.contains { $0.kind == "poison" })
    // Markers of write protection are there since 5.19, guards since 6.13.
    #expect(special.contains { $0.kind == "marker" } == !release.hasPrefix("5."))
    for entry in special {
      let walk = try #require(walks.first { $0.address == entry.address })
      let reason = ["poison": "hardware-poison", "guard": "guard", "marker": "absent"][entry.kind]
      #expect(walk.outcome == "not-mapped" && walk.reason == reason, "\(entry), \(walk)")
      // The kernel's type information tells how it was built: nothing is left open.
      #expect(walk.alternatives == nil)
    }
    let facts = try guest.answers("best.evidence", as: LiveAnswer.Fact.self)
    #expect(facts.first { $0.name == "special swap types" }?.value.contains("hardware poison on") == true)
    print("live \(guest.name), special: \(special.map { "\($0.kind) is type \($0.type)" })")
  }
}
