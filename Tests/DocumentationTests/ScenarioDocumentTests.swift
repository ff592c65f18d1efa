import Foundation
import KernelLab
import Testing

@testable import Views

@Suite("Documentation/Scenarios.md")
struct ScenarioDocumentTests {
  private static let path = "Documentation/Scenarios.md"

  /// A row's example, which is the last cell's code.
  private static func examples(under heading: String) throws -> [(key: String, example: String)] {
    try Document(path).rows(under: heading).compactMap { row in
      guard let cell = row.cells.last, cell.hasPrefix("`") else { return nil }
      return (row.key, cell.replacing("`", with: ""))
    }
  }

  private static func preamble() throws -> String {
    let block = try #require(Document(path).blocks.first { $0.language == "lab" })
    return block.lines.joined(separator: "\n") + "\n"
  }

  private func run(_ text: String) throws -> (failures: UInt64, records: [ActionRecord]) {
    var runner = try LabRun.runner(try ScenarioParser.parse(text, file: Self.path))
    var records: [ActionRecord] = []
    try runner.run { records.append($0) }
    return (runner.failureCount, records)
  }

  @Test("every example of an action runs after the lines that it is said to follow")
  func actions() throws {
    let examples = try Self.examples(under: "Actions")
    #expect(examples.count > 20)
    let preamble = try Self.preamble()
    for (key, example) in examples {
      let (failures, _) = try run(preamble + example)
      #expect(failures == 0, "\(key): \(example)")
    }
  }

  @Test("every example of a statement is so after those lines, and a statement can fail")
  func statements() throws {
    let examples = try Self.examples(under: "Statements")
    #expect(examples.count > 8)
    let preamble = try Self.preamble()
    for (key, example) in examples {
      let (failures, records) = try run(preamble + "explain off\n" + example)
      #expect(failures == 0, "\(key): \(records.last?.checks.first?.seen ?? "")")
    }
    #expect(try run(preamble + "expect value init buffer 8056").failures == 1)
  }

  @Test("further blocks run after the first one")
  func blocks() throws {
    let blocks = try Document(Self.path).blocks.filter { $0.language == "lab" }.dropFirst()
    #expect(!blocks.isEmpty)
    for block in blocks {
      #expect(try run(Self.preamble() + block.lines.joined(separator: "\n")).failures == 0)
    }
  }

  @Test("every keyword of the language has its row, and no row has another")
  func keywords() throws {
    let actions = try Document(Self.path).rows(under: "Actions").map {
      String($0.key.prefix { !$0.isWhitespace })
    }
    // The grammar's own, of the first table; and those that rows name beside their opposite.
    let text = try Project.text(Self.path)
    for keyword in ScenarioParser.keywords where !actions.contains(keyword) {
      #expect(text.contains("`\(keyword)`") || text.contains("`\(keyword) "), "\(keyword)")
    }
    for action in actions { #expect(ScenarioParser.keywords.contains(action), "\(action)") }
  }

  @Test("every scenario of the library is met", arguments: Project.files(below: "Examples", extension: "lab"))
  func library(file: String) throws {
    let path = Project.root.appending(path: file).path(percentEncoded: false)
    var runner = try LabRun.runner(try LabRun.scenario(at: path), options: .init(recordsChanges: true))
    var failures: [String] = []
    try runner.run { record in
      for check in record.checks where !check.isMet {
        failures.append("\(check.position.line): \(check.text): \(check.seen)")
      }
      #expect(record.note != nil || !record.text.isEmpty)
    }
    #expect(failures == [])
    #expect(runner.checkCount >= 3, "a story states something")
    #expect(runner.scenario.statements.contains { if case .note = $0.action { true } else { false } })
  }

  @Test("there are scenarios")
  func isNotEmpty() { #expect(Project.files(below: "Examples", extension: "lab").count >= 8) }
}
