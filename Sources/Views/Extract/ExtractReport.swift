import Foundation

/// What an extraction kept and wrote: `pagewalk.extract/1`.
public struct ExtractReport: JSONReport, Sendable {
  public static let schema = "pagewalk.extract/1"

  /// How much is kept for one reason.
  struct Part: Encodable, Sendable {
    var reason: String
    var pages: Int

    enum CodingKeys: String, CodingKey { case reason, pages }
  }

  var source: String
  var file: String
  /// The file's size in bytes.
  var size: UInt64
  /// The size of the machine's RAM in bytes.
  var ram: UInt64
  var kept: [Part]
  /// Pages of programs that were met and left out.
  var userPages: Int
  var tasks: Int
  var partial: [String]?

  enum CodingKeys: String, CodingKey { case source, file, size, ram, kept, userPages, tasks, partial }

  /// The report, one line a reason.
  public var text: String {
    var table = TextTable(header: ["pages", "kept for"], alignments: [.right, .left])
    for part in kept { table.add("\(part.pages)", part.reason) }
    let share = Double(size) / Double(max(ram, 1)) * 100
    var lines = table.lines
    lines.append(
      "\(file): \(sizeText(size)), \(share.formatted(.number.precision(.fractionLength(2)))) % of "
        + "\(sizeText(ram)); searched again: the same \(tasks) tasks, tables and areas")
    if userPages > 0 { lines.append("\(userPages) pages were read that programs have; they are left out") }
    for gap in partial ?? [] { lines.append("partial: \(gap)") }
    return lines.joined(separator: "\n")
  }
}
