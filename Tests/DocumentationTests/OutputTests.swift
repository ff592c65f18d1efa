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
    #expect(try sameOnEveryBoot(example.output()) == sameOnEveryBoot(example.expected))
  }

  @Test("there are commands to run, on the lab and on guests")
  func isNotEmpty() {
    #expect(DocumentedCommand.all.count { $0.guest == nil } > 5)
    #expect(DocumentedCommand.all.contains { $0.guest != nil })
    let walk = "scripts/pagewalk walk 614 7e9e6c24"
    #expect(DocumentedCommand.all.first?.command == walk, "the README begins with a command")
  }

  /// What every boot of a guest prints: the lines without their numbers, in an order of their own, because
  /// lines are printed in the order of PIDs and addresses, and those are numbers.
  private func sameOnEveryBoot(_ lines: [String]) -> [String] { lines.map(withoutNumbers).sorted() }

  /// Numbers differ from boot to boot, and with them the widths of columns, the units of sizes and how often
  /// a list names the same thing. A number may have letters only; a word that could be one is taken for one on
  /// both sides.
  private func withoutNumbers(_ line: String) -> String {
    let words = line.split(whereSeparator: \.isWhitespace).map { word in
      word.replacing(/\b(0x)?[0-9a-f]+\b/, with: "#").replacing(/#[.\-#a-z0-9]*#/, with: "#")
    }
    let sizes = words.joined(separator: " ").replacing(/# ([KMGT]iB|bytes?)\b/, with: "#")
    let parts = sizes.split(separator: ";").map {
      $0.split(separator: " ").filter { $0 != "#" }.joined(separator: " ")
    }
    var seen: Set<String> = []
    return parts.filter { seen.insert($0).inserted }.joined(separator: "; ")
  }
}
