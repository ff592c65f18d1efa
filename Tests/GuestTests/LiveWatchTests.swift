import Foundation
import Testing

/// `pagewalk watch -s live` inside a guest, against what the watched process did.
@Suite(
  .enabled(
    if: !LiveGuest.asked.isEmpty || Guest.isRequired,
    "no guest was asked; run scripts/link-static PAGEWALK and scripts/guests live PAGEWALK amd64 amd64-la57"))
struct LiveWatchTests {
  private struct Change: Decodable {
    struct Side: Decodable {
      var access: String?
      var reason: String?
      var pageSize: UInt64?
    }
    struct Table: Decodable { var level: String }
    var schema: String
    var change: String?
    var start: String?
    var before: Side?
    var after: Side?
    var table: Table?

    /// What, which page of the range, and the rights or reasons before and after; nil for tables above the last.
    func words(from origin: UInt64) -> String? {
      guard let change else { return nil }
      if let table { return table.level == "pte" ? "\(change) pte" : nil }
      guard let start = start.flatMap(LiveGuest.number) else { return change }
      func side(_ side: Side?) -> String { side?.access ?? side?.reason ?? "" }
      return "\(change) \((start &- origin) / 4096) \(side(before)) > \(side(after))"
    }
  }

  /// What each step made watch print.
  private func steps(_ guest: LiveGuest, _ name: String, from origin: UInt64) throws -> [String: Set<String>]
  {
    let changes = try guest.lines(name + ".out").map {
      try JSONDecoder().decode(Change.self, from: Data($0.utf8))
    }
    #expect(changes.first?.schema == "pagewalk.watch/1")
    var steps: [String: Set<String>] = [:]
    for line in try guest.lines(name + ".steps") {
      let words = line.split(separator: " ")
      let (first, last) = try (#require(Int(words[1])), #require(Int(words[2])))
      let made = changes[first..<last].compactMap { $0.words(from: origin) }
      #expect(Set(made).count == made.count, "\(line)")
      steps[String(words[0])] = Set(made)
    }
    return steps
  }

  private func place(_ guest: LiveGuest, _ name: String) throws -> UInt64 {
    let line = try #require(try guest.lines("steps.out").first { $0.hasPrefix("STEPS ") })
    return try #require(LiveGuest.fields(line)[Substring(name)].flatMap(LiveGuest.number))
  }

  @Test("watch tells what a process does to its pages, a line a change", arguments: LiveGuest.asked)
  func pages(_ guest: LiveGuest) throws {
    let found = try steps(guest, "watch.page", from: try place(guest, "page"))
    #expect(found["read"] == ["table-added pte", "mapped 0 absent > ru"])
    #expect(found["write"] == ["copied 0 ru > rwu"])
    #expect(found["second"] == ["mapped 1 absent > rwu"])
    #expect(found["protect"] == ["protected 1 rwu > ru"])
    #expect(found["release"] == ["unmapped 1 ru > absent"])
    #expect(found["fork"] == ["protected 0 rwu > ru"])
    #expect(found["copy"] == ["copied 0 ru > rwu"])
    #expect(found["reap"] == [])
    #expect(found["pageout"] == ["swapped-out 0 rwu > swap"])
    // A page that nobody else has may be written at once in newer kernels.
    let rights = found["pagein"]?.contains("swapped-in 0 swap > rwu") == true ? "rwu" : "ru"
    #expect(found["pagein"] == ["swapped-in 0 swap > \(rights)"])
    #expect(found["unmap"] == ["unmapped 0 \(rights) > absent", "table-removed pte"])
    // Ended by a signal.
    #expect(try guest.status("watch.page") == 128 + Int(SIGTERM))
    #expect(try guest.text("watch.page.err").isEmpty)
  }

  @Test(
    "watch tells of a huge page that appears, is split, and of the end of its process",
    arguments: LiveGuest.asked)
  func huge(_ guest: LiveGuest) throws {
    let found = try steps(guest, "watch.huge", from: try place(guest, "huge"))
    #expect(found["huge"] == ["mapped 0 absent > rwu"])
    // A look may fall between the split and the change of the one page.
    let split = try #require(found["split"])
    #expect(
      split == ["table-added pte", "split 0 rwu > rwu", "split 1 rwu > ru", "split 2 rwu > rwu"]
        || split == ["table-added pte", "split 0 rwu > rwu", "protected 1 rwu > ru"])
    #expect(try guest.text("watch.huge.out").contains("\"pageSize\":2097152"))
    #expect(try guest.lines("watch.huge.out").last?.contains("\"change\":\"exited\"") == true)
    #expect(try guest.status("watch.huge") == 0)
  }
}
