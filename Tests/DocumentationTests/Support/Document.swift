import Foundation

/// A document in Markdown, as far as the tests look into it: fenced blocks and tables under their headings.
struct Document {
  /// A fenced block.
  struct Block {
    /// What stands behind the fence, such as `sh`.
    var language: String
    var lines: [String]
    /// The number of the block's first line.
    var lineNumber: Int
    /// The comment before the fence, such as `guest: amd64`.
    var marker: String?
  }

  /// A row of a table, without the header.
  struct Row {
    /// The nearest heading above, without its number signs.
    var heading: String
    var cells: [String]
    /// What the first cell has between backquotes, or the cell itself.
    var key: String { cells[0].split(separator: "`").first.map(String.init) ?? "" }
  }

  let path: String
  private(set) var blocks: [Block] = []
  private(set) var rows: [Row] = []
  /// The targets of links that point into the tree, relative to this document.
  private(set) var links: [String] = []

  init(_ path: String) throws {
    self.path = path
    var open: Block?
    var marker: String?
    var heading = ""
    var isInTable = false
    for (index, line) in try Project.text(path).components(separatedBy: "\n").enumerated() {
      if line.hasPrefix("```") {
        if let block = open {
          blocks.append(block)
          open = nil
        } else {
          open = Block(language: String(line.dropFirst(3)), lines: [], lineNumber: index + 2, marker: marker)
        }
        marker = nil
      } else if open != nil {
        open?.lines.append(line)
      } else if line.hasPrefix("<!--"), line.hasSuffix("-->") {
        marker = line.dropFirst(4).dropLast(3).trimmingCharacters(in: .whitespaces)
      } else if line.hasPrefix("#") {
        heading = line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces)
      } else if line.hasPrefix("|") {
        let cells = line.dropFirst().dropLast().components(separatedBy: "|")
          .map { $0.trimmingCharacters(in: .whitespaces) }
        // The header and the line below it.
        let isRule = cells.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0 == "-" || $0 == ":" } }
        if isInTable, !isRule { rows.append(Row(heading: heading, cells: cells)) }
        isInTable = true
      }
      if open == nil, !line.hasPrefix("|") {
        isInTable = false
        takeLinks(line)
      }
    }
  }

  private mutating func takeLinks(_ line: String) {
    for part in line.components(separatedBy: "](").dropFirst() {
      let target = part.prefix { $0 != ")" && $0 != "#" }
      if !target.isEmpty, !target.contains("://") { links.append(String(target)) }
    }
  }

  func rows(under heading: String) -> [Row] { rows.filter { $0.heading == heading } }

  /// The documents of the project.
  static let all: [String] =
    ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"] + Project.files(below: "Documentation", extension: "md")
    + Project.files(below: "Sources", extension: "md")
}
