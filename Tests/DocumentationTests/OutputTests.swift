import Foundation
import Testing

@Suite("What documents show is what the program prints")
struct OutputTests {
  @Test(
    "a documented command prints what is below it",
    arguments: DocumentedCommand.all.filter { $0.guest == nil })
  func verbatim(_ example: DocumentedCommand) throws {
    #expect(try example.output() == example.expected)
  }

  @Test(
    "a documented command on a guest's image prints the same lines, but for numbers",
    arguments: DocumentedCommand.all.filter { $0.guest.map { Project.guest($0) != nil } ?? false })
  func onGuest(_ example: DocumentedCommand) throws {
    #expect(try example.output().map(withoutNumbers) == example.expected.map(withoutNumbers))
  }

  @Test("there are commands to run, on the built-in machine and on guests")
  func isNotEmpty() {
    #expect(DocumentedCommand.all.count { $0.guest == nil } > 5)
    #expect(DocumentedCommand.all.contains { $0.guest != nil })
    let walk = "scripts/pagewalk walk 614 7e9e6c24"
    #expect(DocumentedCommand.all.first?.command == walk, "the README begins with a command")
  }

  /// Numbers differ from boot to boot, and with them the widths of columns. A number may have letters only;
  /// a word that could be one is taken for one on both sides.
  private func withoutNumbers(_ line: String) -> String {
    line.split(whereSeparator: \.isWhitespace).map { word in
      word.replacing(/\b(0x)?[0-9a-f]+\b/, with: "#").replacing(/#[.\-#a-z0-9]*#/, with: "#")
    }.filter { $0 != "#" }.joined(separator: " ")
  }
}
