import Foundation
import Testing
import WatchedChanges

/// `pagewalk watch -s live` inside a guest, against what the watched process did.
@Suite(
  .enabled(
    if: !LiveGuest.asked.isEmpty || Guest.isRequired,
    "no guest was asked; run scripts/link-static PAGEWALK and scripts/guests live PAGEWALK amd64 amd64-la57"))
struct LiveWatchTests {
  /// What each step made watch print.
  private func steps(
    _ guest: LiveGuest, _ name: String, from origin: UInt64
  ) throws -> [String: [WatchedChange]] {
    let lines = try guest.lines(name + ".out")
    #expect(lines.first?.contains("\"pagewalk.watch/1\"") == true)
    var steps: [String: [WatchedChange]] = [:]
    for line in try guest.lines(name + ".steps") {
      let words = line.split(separator: " ")
      let (first, last) = try (#require(Int(words[1])), #require(Int(words[2])))
      steps[String(words[0])] = try lines[first..<last].compactMap {
        try WatchedChange(line: String($0), from: origin)
      }
    }
    return steps
  }

  private func expect(
    _ step: String, of found: [String: [WatchedChange]], _ changes: String...
  ) throws {
    let made = try #require(found[step], "\(step)")
    #expect(made.amount(to: changes), "\(step): \(made), not \(changes)")
  }

  private func place(_ guest: LiveGuest, _ name: String) throws -> UInt64 {
    let line = try #require(try guest.lines("steps.out").first { $0.hasPrefix("STEPS ") })
    return try #require(LiveGuest.fields(line)[Substring(name)].flatMap(LiveGuest.number))
  }

  @Test("watch tells what a process does to its pages, a line a change", arguments: LiveGuest.asked)
  func pages(_ guest: LiveGuest) throws {
    let found = try steps(guest, "watch.page", from: try place(guest, "page"))
    try expect("read", of: found, "table-added pte", "mapped 0 absent > ru")
    try expect("write", of: found, "copied 0 ru > rwu")
    try expect("second", of: found, "mapped 1 absent > rwu")
    try expect("protect", of: found, "protected 1 rwu > ru")
    try expect("release", of: found, "unmapped 1 ru > absent")
    try expect("fork", of: found, "protected 0 rwu > ru")
    try expect("copy", of: found, "copied 0 ru > rwu")
    try expect("reap", of: found)
    try expect("pageout", of: found, "swapped-out 0 rwu > swap")
    // A page that nobody else has may be written at once in newer kernels.
    let rights = found["pagein"]?.last?.after == "rwu" ? "rwu" : "ru"
    try expect("pagein", of: found, "swapped-in 0 swap > \(rights)")
    try expect("unmap", of: found, "unmapped 0 \(rights) > absent", "table-removed pte")
    // Ended by a signal.
    #expect(try guest.status("watch.page") == 128 + Int(SIGTERM))
    #expect(try guest.text("watch.page.err").isEmpty)
  }

  @Test(
    "watch tells of a huge page that appears, is split, and of the end of its process",
    arguments: LiveGuest.asked)
  func huge(_ guest: LiveGuest) throws {
    let found = try steps(guest, "watch.huge", from: try place(guest, "huge"))
    try expect("huge", of: found, "mapped 0 absent > rwu")
    try expect(
      "split", of: found, "table-added pte", "split 0 rwu > rwu", "split 1 rwu > ru", "split 2 rwu > rwu")
    #expect(try guest.text("watch.huge.out").contains("\"pageSize\":2097152"))
    #expect(try guest.lines("watch.huge.out").last?.contains("\"change\":\"exited\"") == true)
    #expect(try guest.status("watch.huge") == 0)
  }
}
