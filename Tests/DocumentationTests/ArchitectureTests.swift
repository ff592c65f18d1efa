import Foundation
import Testing

@Suite("Documentation/Architecture.md and the links of all documents")
struct ArchitectureTests {
  private static let path = "Documentation/Architecture.md"

  @Test("the files that say `unsafe` are those of the list")
  func unsafeFiles() throws {
    let files = try Project.files(below: "Sources", extension: "swift").filter {
      try Project.text($0).contains(/\bunsafe\b/)
    }
    let listed = try Document(Self.path).rows(under: "`unsafe`").map { "Sources/" + $0.key }
    #expect(listed.sorted() == files)
  }

  @Test("the folders of the sources are those of the list")
  func folders() throws {
    let files = Project.files(below: "Sources", extension: "swift").filter { !$0.contains(".docc/") }
    let folders = Set(files.map { $0.split(separator: "/").dropFirst().dropLast().joined(separator: "/") })
    let listed = Set(try Document(Self.path).rows(under: "The house").map(\.key))
    // A module whose files lie in no folder is named by its folders' rows, if it has any.
    let modules = Set(folders.filter { !$0.contains("/") })
    #expect(
      listed
        == folders.subtracting(modules.filter { module in listed.contains { $0.hasPrefix(module + "/") } }))
  }

  @Test("files that the reading order names exist")
  func readingOrder() throws {
    let names = try Project.text(Self.path).split(separator: "`").filter { $0.hasSuffix(".swift") }
    let files = Project.files(below: "Sources", extension: "swift")
    #expect(names.count > 10)
    for name in names { #expect(files.contains { $0.hasSuffix("/" + name) }, "\(name)") }
  }

  @Test("links lead somewhere", arguments: Document.all)
  func links(document: String) throws {
    let folder = document.split(separator: "/").dropLast().joined(separator: "/")
    for link in try Document(document).links {
      #expect(Project.exists(folder.isEmpty ? link : folder + "/" + link), "\(link)")
    }
  }
}
