import Foundation

/// A line of `pagewalk watch --format json` as tests compare it: what, which page, and the rights or reasons before
/// and after.
public struct WatchedChange: Hashable, CustomStringConvertible, Decodable {
  public var kind: String
  /// Counted from where the caller's area begins; nil for a table, and for what is about no page.
  public var page: Int?
  public var before = ""
  public var after = ""

  public var description: String {
    page.map { "\(kind) \($0) \(before) > \(after)" } ?? kind
  }

  /// Such as `copied 0 ru > rwu`, or `table-added pte`.
  public init(_ words: String) {
    let parts = words.split(separator: " ").map(String.init)
    kind = words
    guard parts.count == 5, parts[3] == ">", let page = Int(parts[1]) else { return }
    (kind, self.page, before, after) = (parts[0], page, parts[2], parts[4])
  }

  /// - Parameter origin: what addresses are counted from.
  /// - Returns: nil for a line that is no change, and for tables above the last level: whether these had something
  ///   else in them depends on where areas happen to lie.
  public init?(line: String, from origin: UInt64) throws {
    struct Side: Decodable { var access, reason: String? }
    struct Table: Decodable { var level: String }
    struct Line: Decodable {
      var change, start: String?
      var before, after: Side?
      var table: Table?
    }
    let line = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
    guard let change = line.change else { return nil }
    if let table = line.table {
      guard table.level == "pte" else { return nil }
      self.init("\(change) pte")
      return
    }
    self.init(change)
    guard let start = line.start.flatMap({ UInt64($0.dropFirst(2), radix: 16) }) else { return }
    page = Int(truncatingIfNeeded: (start &- origin) / 4096)
    before = line.before?.access ?? line.before?.reason ?? ""
    after = line.after?.access ?? line.after?.reason ?? ""
  }
}

extension [WatchedChange] {
  /// Whether these lines, in their order, tell of `changes`.
  ///
  /// The kernel takes more than one moment for some of them: it takes an entry away before it puts the other one in
  /// its place, and splits a huge page before it changes one of the small ones. A look may fall between. Then there are
  /// more lines or fewer, and what they come to must be the same: each page before the first and after the last of
  /// them.
  public func amount(to changes: [String]) -> Bool {
    let expected = changes.map(WatchedChange.init)
    if count == expected.count { return Set(self) == Set(expected) }
    return outcome == expected.outcome
  }

  /// What has another state afterwards than before, by page; and the lines that are about no page.
  private var outcome: Set<WatchedChange> {
    var pages: [Int: WatchedChange] = [:]
    var others: Set<WatchedChange> = []
    for change in self {
      guard let page = change.page else {
        others.insert(change)
        continue
      }
      pages[page, default: change].after = change.after
      pages[page]?.kind = ""
    }
    return others.union(pages.values.filter { $0.before != $0.after })
  }
}
