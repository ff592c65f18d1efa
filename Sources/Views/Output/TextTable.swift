/// Rows of text in aligned columns.
///
/// The last column is never padded, so that lines end where their text ends.
public struct TextTable {
  public enum Alignment: Sendable { case left, right }

  private let alignments: [Alignment]
  private var rows: [[String]] = []

  /// - Parameters:
  ///   - header: the columns' names; empty for a table without a header.
  ///   - alignments: one for each column; missing ones are left.
  public init(header: [String] = [], alignments: [Alignment] = []) {
    self.alignments = alignments
    if !header.isEmpty { rows.append(header) }
  }

  public mutating func add(_ cells: String...) { rows.append(cells) }
  public mutating func add(_ cells: [String]) { rows.append(cells) }

  /// The table's lines, without line ends.
  public var lines: [String] {
    let columnCount = rows.map(\.count).max() ?? 0
    var widths = [Int](repeating: 0, count: columnCount)
    for row in rows {
      for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.count) }
    }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        let isRight = column < alignments.count && alignments[column] == .right
        line += isRight ? padding + cell : cell + padding
        line += "  "
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
