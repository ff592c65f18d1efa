import Testing

@Suite("Style that no formatter checks")
struct StyleTests {
  static let files = ["Sources", "Tests", "Benchmarks", "Fuzz", "Examples"].flatMap {
    Project.files(below: $0, extension: "swift")
  }

  @Test("no file is over 400 lines")
  func length() throws {
    for file in Self.files {
      let count = try Project.text(file).split(separator: "\n", omittingEmptySubsequences: false).count - 1
      #expect(count <= 400, "\(file)")
    }
  }

  @Test("nothing is left to be done in a comment")
  func openEnds() throws {
    let words = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]
    for file in Self.files {
      let text = try Project.text(file)
      for word in words { #expect(!text.contains(word), "\(file): \(word)") }
    }
  }

  @Test("a file of a type's facet is named after the type")
  func names() throws {
    for file in Self.files where file.hasPrefix("Sources/") && file.contains("+") {
      let name = file.split(separator: "/").last.map(String.init) ?? ""
      let type = name.prefix { $0 != "+" }
      #expect(try Project.text(file).contains(type), "\(file)")
    }
  }

  @Test("the core and the command's parts import nothing that is above them")
  func imports() throws {
    let allowed: [String: Set<String>] = [
      "PageTables": [],
      "PageTableEditing": ["PageTables", "Glibc", "Musl", "Darwin"],
      "MemoryImages": ["PageTables", "CPrefetch", "CZlib", "CZstd", "CLZO", "CSnappy", "Glibc", "Synchronization"],
      "KernelLab": ["PageTables", "PageTableEditing"],
    ]
    for (module, modules) in allowed {
      for file in Project.files(below: "Sources/\(module)", extension: "swift") {
        for match in try Project.text(file).matches(of: /(?m)^\s*(?:public |internal )?import (\w+)/) {
          #expect(modules.contains(String(match.1)), "\(file): \(match.1)")
        }
      }
    }
  }
}
