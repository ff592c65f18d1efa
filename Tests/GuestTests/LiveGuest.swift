import Foundation
import Testing

/// What a guest said of its own memory while it ran: commands with their output, kept by `scripts/guests live`.
struct LiveGuest: Sendable, CustomTestStringConvertible {
  let name: String
  private let folder: URL

  var testDescription: String { name }

  /// Those of `PAGEWALK_LIVE_GUESTS`, or the default ones, that were asked.
  static let asked: [LiveGuest] =
    (ProcessInfo.processInfo.environment["PAGEWALK_LIVE_GUESTS"]?.split(separator: " ").map(String.init)
    ?? ["amd64", "amd64-la57"]).compactMap(LiveGuest.init)

  init?(_ name: String) {
    self.name = name
    folder = Guest.cache.appending(path: "live/\(name)")
    guard FileManager.default.fileExists(atPath: folder.appending(path: "made-from").path) else { return nil }
  }

  /// A file that the guest left.
  func text(_ file: String) throws -> String {
    try String(contentsOf: folder.appending(path: file), encoding: .utf8)
  }

  /// The same as bytes; nil if it left no such file.
  func bytes(_ file: String) throws -> [UInt8]? {
    let url = folder.appending(path: file)
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    return Array(try Data(contentsOf: url))
  }

  func lines(_ file: String) throws -> [Substring] { try text(file).split(separator: "\n") }

  func status(_ command: String) throws -> Int? {
    Int(try text(command + ".status").trimmingCharacters(in: .whitespacesAndNewlines))
  }

  func milliseconds(_ command: String) throws -> Int {
    Int(try text(command + ".ms").trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
  }

  /// The ways of reading that give page tables, as far as this guest has them.
  var rungs: [String] { ["device", "kcore", "bpf"].filter { (try? status($0 + ".info")) != nil } }

  /// What a command printed, decoded line by line; it must have ended with one of the statuses.
  func answers<Answer: Decodable>(
    _ command: String, as type: Answer.Type = Answer.self, status allowed: Set<Int> = [0]
  ) throws -> [Answer] {
    let status = try #require(try status(command), "\(command) was not run")
    let words = try text(command + ".err")
    try #require(allowed.contains(status), "\(command) ended with \(status): \(words)")
    return try lines(command + ".out").map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
  }

  /// The probe's pages, by address, with what it had written there, where that can be read.
  func probePages() throws -> [(region: String, address: UInt64, value: UInt64?)] {
    try lines("probe").filter { $0.hasPrefix("PAGE role=child ") }.map { line in
      let fields = Self.fields(line)
      let address = try #require(fields["va"].flatMap(Self.number))
      return (String(fields["region"] ?? ""), address, fields["w0"].flatMap(Self.number))
    }
  }

  /// The probe's pagemap entries that are not zero, by address.
  func pagemap() throws -> [UInt64: UInt64] {
    var pages: [UInt64: UInt64] = [:]
    for line in try lines("pagemap") where line.hasPrefix("PM ") {
      let fields = Self.fields(line)
      let first = try #require(fields["va"].flatMap(Self.number))
      let count = try #require(fields["n"].flatMap { UInt64($0) })
      let entry = try #require(fields["pagemap"].flatMap(Self.number))
      for page in 0..<count { pages[first + page * 4096] = entry >> 63 == 1 ? entry + page : entry }
    }
    return pages
  }

  static func fields(_ line: Substring) -> [Substring: Substring] {
    Dictionary(
      line.split(separator: " ").compactMap { word in
        word.firstIndex(of: "=").map { (word[..<$0], word[word.index(after: $0)...]) }
      }, uniquingKeysWith: { first, _ in first })
  }

  static func number(_ text: some StringProtocol) -> UInt64? {
    UInt64(text.hasPrefix("0x") ? String(text.dropFirst(2)) : String(text), radix: 16)
  }
}

/// Fields of the command's JSON that these tests look at.
enum LiveAnswer {
  struct Ladder: Decodable {
    struct Rung: Decodable {
      var name: String
      var state: String
      var reason: String?
    }
    var rung: String
    var rungs: [Rung]
    var kernelRelease: String?

    func reason(_ name: String) -> String? { rungs.first { $0.name == name }?.reason }
  }

  struct Walk: Decodable {
    struct Linux: Decodable { var physical: String? }
    var virtual: String
    var outcome: String
    var reason: String?
    var physical: String?
    var value: String?
    var pageSize: UInt64?
    var alsoLinux: Linux?
    var frameHidden: Bool?
    var alternatives: [String]?

    var address: UInt64 { LiveGuest.number(virtual) ?? 0 }

    var word: UInt64? { LiveAnswer.word(value) }
  }

  /// A walk as a line of CSV: virtual, outcome, reason, physical, page size, access, value.
  struct Line {
    var address: UInt64
    var outcome: String
    var word: UInt64?

    init(_ line: Substring) {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      address = cells.first.flatMap(LiveGuest.number) ?? 0
      outcome = cells.count > 1 ? String(cells[1]) : ""
      word = cells.count > 6 ? LiveAnswer.word(String(cells[6])) : nil
    }
  }

  /// The first eight bytes, little-endian.
  static func word(_ value: String?) -> UInt64? {
    guard let value, value.count >= 16 else { return nil }
    let bytes = stride(from: 0, to: 16, by: 2).map { value.dropFirst($0).prefix(2) }
    return bytes.reversed().reduce(UInt64(0)) { $0 << 8 | (UInt64($1, radix: 16) ?? 0) }
  }

  struct Process: Decodable {
    var pid: Int
    var command: String
    var kernelThread: Bool
    var kind: String
    var root: String?
    var doubts: [String]?
  }

  struct Area: Decodable {
    var start: String
    var end: String
    var permissions: String?
    var path: String?
  }

  struct Memory: Decodable { var value: String? }
  struct Fact: Decodable {
    var name: String
    var value: String
  }
  struct Range: Decodable {
    struct Area: Decodable { var start: String }
    var start: String
    var end: String
    var physical: String?
  }
}
