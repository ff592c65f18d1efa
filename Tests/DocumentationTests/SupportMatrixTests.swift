import Foundation
import LiveMemory
import MemoryImages
import PageTableEditing
import PageTables
import Testing

@Suite("Documentation/SupportMatrix.md")
struct SupportMatrixTests {
  private func rows(_ heading: String) throws -> [Document.Row] {
    try Document("Documentation/SupportMatrix.md").rows(under: heading)
  }

  /// The names between backquotes of a cell.
  private func names(_ cell: String) -> [String] {
    cell.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
      .map { String($0.element) }
  }

  @Test("the formats are those of the catalogue, in its order")
  func formats() throws {
    #expect(try rows("Page-table formats").map(\.key) == PagingFormat.catalogue.map { $0.name.description })
  }

  @Test("walking and editing is possible where the matrix says so")
  func walkAndEdit() throws {
    for row in try rows("Page-table formats") {
      let format = EditingFormat(try #require(PagingFormat.named(row.key)))
      let canDoIt = (try? walksAndEdits(format)) == true
      #expect(row.cells[1] == (canDoIt ? "yes" : "no"), "\(row.key)")
      #expect(row.cells[2] == (canDoIt ? "yes" : "no"), "\(row.key)")
    }
  }

  private func walksAndEdits(_ format: EditingFormat) throws -> Bool {
    var memory = try SparseMemory(byteCount: 1 << 24)
    var frames = SequentialFrames(from: PhysicalAddress(0), byteCount: 1 << 24)
    let editor = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &frames)
    let pageBits = format.paging.pageSizeBits
    let address = VirtualAddress(5 << UInt64(pageBits))
    let target = PhysicalAddress(9 << UInt64(pageBits))
    try editor.map(
      address, to: target, sizeBits: pageBits, access: format.expressibleAccesses(sizeBits: pageBits)[0],
      in: &memory, frames: &frames)
    guard editor.walker.translate(address, in: memory).mapping?.physical == target else { return false }
    try editor.unmap(address, byteCount: 1 << UInt64(pageBits), in: &memory)
    return editor.walker.translate(address, in: memory).mapping == nil
  }

  @Test("the laws run over the whole catalogue, and every oracle that is named exists")
  func lawsAndOracles() throws {
    for folder in ["PageTablesTests", "PageTableEditingTests/Support"] {
      #expect(try Project.text("Tests/\(folder)/FormatCase.swift").contains("PagingFormat.catalogue.map"))
    }
    let oracles = Project.files(below: "Tests/Support/QEMU", extension: "swift")
    let compared = try Project.text("Tests/MMU/Comparison/ComparedFormat+List.swift")
    for row in try rows("Page-table formats") {
      #expect(row.cells[3] == "yes", "\(row.key)")
      for name in names(row.cells[4]) {
        #expect(oracles.contains { $0.hasSuffix("/\(name).swift") }, "\(row.key): \(name)")
        let isAsked = compared.contains("\(name)(")
        #expect(isAsked, "\(row.key): \(name)")
      }
    }
  }

  @Test("the guests are those of guests.json, each at the format that its registers select")
  func guests() throws {
    struct Truth: Decodable { var pagingFormat: String }
    let data = Data(try Project.text("Tests/Guests/guests.json").utf8)
    let defined = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let named = try rows("Page-table formats").flatMap { row in names(row.cells[5]).map { (row.key, $0) } }
    #expect(named.map(\.1).sorted() == defined.keys.sorted())
    for (format, guest) in named {
      guard let folder = Project.guest(guest) else { continue }
      let truth = try JSONDecoder().decode(
        Truth.self, from: Data(contentsOf: folder.appending(path: "truth.json")))
      #expect(truth.pagingFormat == format, "\(guest)")
    }
  }

  @Test("the ways to read the running system are those that there are, compared in guests that there are")
  func running() throws {
    let rows = try rows("The running system")
    #expect(rows.map { names($0.cells[0]) } == LiveRung.allCases.map { [$0.rawValue] })
    let data = Data(try Project.text("Tests/Guests/guests.json").utf8)
    let defined = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    for name in rows.flatMap({ names($0.cells[3]) }) { #expect(defined[name] != nil, "\(name)") }
  }

  @Test("the kinds of images are those that there are")
  func images() throws {
    let rows = try rows("Memory images")
    #expect(Set(rows.map(\.key)) == Set(ImageKind.allCases.map(\.rawValue)))
    let codecs = Project.files(below: "Sources/MemoryImages/Codecs", extension: "swift")
    for row in rows {
      for name in row.cells[2].components(separatedBy: ", ") where name != "none" {
        let file = "/\(name.prefix(1).uppercased() + name.dropFirst()).swift"
        #expect(codecs.contains { $0.hasSuffix(file) }, "\(row.key): \(name)")
      }
    }
  }
}
