public import KernelLab

/// One line of a scenario and what came of it, ready to be shown: `pagewalk.lab-action/1`.
public struct ActionReport: JSONReport, Sendable {
  public static let schema = "pagewalk.lab-action/1"

  public struct Check: Encodable, Sendable {
    public var statement: String
    public var isMet: Bool
    /// What was seen instead.
    public var seen: String?
    public var line: Int

    enum CodingKeys: String, CodingKey {
      case statement
      case isMet = "met"
      case seen, line
    }
  }

  public var number: Int
  public var line: Int
  public var action: String
  public var note: String?
  public var results: [String]?
  public var checks: [Check]?
  public var explanation: [String]?
  public var changes: ChangeReport?

  enum CodingKeys: String, CodingKey {
    case number, line, action, note, results, checks, explanation, changes
  }

  public init(_ record: ActionRecord) {
    number = record.number
    line = record.position.line
    action = record.text
    note = record.note
    results = record.results.isEmpty ? nil : record.results
    checks =
      record.checks.isEmpty
      ? nil
      : record.checks.map {
        Check(statement: $0.text, isMet: $0.isMet, seen: $0.isMet ? nil : $0.seen, line: $0.position.line)
      }
    explanation = record.explanation.isEmpty ? nil : record.explanation
    changes = record.changes.flatMap { $0.isEmpty ? nil : ChangeReport($0) }
  }

  /// For a person: the line, and below it what came of it.
  public var text: [String] {
    if let note { return ["", note] }
    var lines: [String] = []
    let isStatement = action.hasPrefix("expect") && checks?.count == 1
    if isStatement, let check = checks?.first {
      lines.append(check.isMet ? "    ok    \(action)" : "    FAIL  \(action)   (seen: \(check.seen ?? ""))")
    } else {
      lines.append("  \(action)")
      for result in results ?? [] { lines.append("        \(result)") }
      for check in checks ?? [] where !check.isMet {
        lines.append("    FAIL  line \(check.line): \(check.statement)   (seen: \(check.seen ?? ""))")
      }
    }
    for line in explanation ?? [] { lines.append("      . \(line)") }
    for line in changes?.text ?? [] { lines.append("      | \(line)") }
    return lines
  }
}
