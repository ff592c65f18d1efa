/// How answers are printed.
public enum OutputFormat: String, CaseIterable, Sendable {
  /// For people: aligned columns.
  case text
  /// For programs: one object a line, by the contract in `Documentation/JSON.md`.
  case json
  /// For spreadsheets, where a table is natural.
  case csv
}
