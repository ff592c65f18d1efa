extension Conditions {
  /// One line for each.
  var text: String {
    var lines = [
      "release \(release)", "architecture \(architecture)", "page-size \(pageSizeBytes.hexadecimal)",
      "table \(lastTable.spanBytes.hexadecimal) \(lastTable.countedBytes.hexadecimal)",
      "user-end \(userEnd.hexadecimal)",
      "control \(control.lowerBound.hexadecimal) \(control.upperBound.hexadecimal)",
      "code \(code.lowerBound.hexadecimal) \(code.upperBound.hexadecimal)",
      "stack-limit \(stackLimitBytes.hexadecimal)",
      "lock-limit \(lockLimitBytes?.hexadecimal ?? "-")",
      "huge-pages \(hugePages ?? "-")",
      "counters-from \(counterSource.rawValue)",
      "frames \(framesVisible ? "seen" : "hidden")",
      "soft-dirty \(softDirty.rawValue)",
      "base \(base.text)",
    ]
    lines += notes.map { $0.isEmpty ? "note" : "note \($0)" }
    return lines.map { $0 + "\n" }.joined()
  }
}

/// The lines of conditions, in any order, until one that is none of them.
struct ConditionsParser {
  private var seen: Set<String> = []
  private var conditions = Conditions(
    release: "", architecture: "", pageSizeBytes: 0, lastTable: .init(spanBytes: 0, countedBytes: 0),
    userEnd: 0,
    control: 0..<0, code: 0..<0, stackLimitBytes: 0, lockLimitBytes: nil, hugePages: nil,
    counterSource: .status, framesVisible: false, softDirty: .absent, base: .zero, notes: [])

  private static let required = [
    "release", "architecture", "page-size", "table", "user-end", "control", "code", "stack-limit",
    "lock-limit",
    "huge-pages", "counters-from", "frames", "soft-dirty", "base",
  ]

  /// Takes a line; false if it is none of ours, and then the scanner stands where it stood.
  mutating func take(_ scanner: inout LineScanner) throws(TextError) -> Bool {
    let before = scanner
    let word = try scanner.word("a condition")
    switch word {
    case "release": conditions.release = try scanner.word("the release")
    case "architecture": conditions.architecture = try scanner.word("the architecture")
    case "page-size":
      conditions.pageSizeBytes = try scanner.hexadecimal("the page size")
      guard conditions.pageSizeBytes.nonzeroBitCount == 1 else {
        throw scanner.error("the page size must be a power of two")
      }
    case "table":
      let span = try scanner.hexadecimal("how much a page table maps")
      guard span.nonzeroBitCount == 1 else {
        throw scanner.error("what a page table maps must be a power of two")
      }
      conditions.lastTable = .init(
        spanBytes: span, countedBytes: try scanner.hexadecimal("what a page table counts"))
    case "user-end": conditions.userEnd = try scanner.hexadecimal("the end of user addresses")
    case "control": conditions.control = try range(&scanner)
    case "code": conditions.code = try range(&scanner)
    case "stack-limit": conditions.stackLimitBytes = try scanner.hexadecimal("the limit")
    case "lock-limit": conditions.lockLimitBytes = try limit(&scanner)
    case "huge-pages":
      let value = try scanner.word("a word")
      conditions.hugePages = value == "-" ? nil : value
    case "counters-from": conditions.counterSource = try choice(&scanner)
    case "frames":
      let value = try scanner.word("seen or hidden")
      guard value == "seen" || value == "hidden" else { throw scanner.error("frames are 'seen' or 'hidden'") }
      conditions.framesVisible = value == "seen"
    case "soft-dirty": conditions.softDirty = try choice(&scanner)
    case "base": conditions.base = try Counters(&scanner)
    case "note":
      conditions.notes.append(scanner.rest())
      return true
    default:
      scanner = before
      return false
    }
    try scanner.end()
    guard seen.insert(word).inserted else {
      throw TextError(line: scanner.line, column: 1, problem: "'\(word)' is said twice")
    }
    return true
  }

  /// The conditions, if nothing is missing; `line` is where they end.
  func finished(line: Int) throws(TextError) -> Conditions {
    if let missing = Self.required.first(where: { !seen.contains($0) }) {
      throw TextError(line: line, column: 1, problem: "the log's head does not say '\(missing)'")
    }
    return conditions
  }

  private func range(_ scanner: inout LineScanner) throws(TextError) -> Range<UInt64> {
    let start = try scanner.hexadecimal("the start")
    let end = try scanner.hexadecimal("the end")
    guard start <= end else { throw scanner.error("the end must not be below the start") }
    return start..<end
  }

  private func limit(_ scanner: inout LineScanner) throws(TextError) -> UInt64? {
    let before = scanner
    if try scanner.word("the limit, or '-'") == "-" { return nil }
    scanner = before
    return try scanner.hexadecimal("the limit")
  }

  private func choice<Value: RawRepresentable & CaseIterable>(
    _ scanner: inout LineScanner
  ) throws(TextError) -> Value where Value.RawValue == String {
    guard let value = Value(rawValue: try scanner.word("a word")) else {
      throw scanner.error("one of \(Value.allCases.map(\.rawValue).joined(separator: ", ")) is wanted")
    }
    return value
  }
}
