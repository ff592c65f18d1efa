import MemoryImages
import PageTableEditing
import PageTables
import Testing

@Suite("Examples in documents")
struct ExampleTests {
  struct Example: Sendable, CustomTestStringConvertible {
    var document: String
    var lineNumber: Int
    var file: String?
    var text: String
    var testDescription: String { "\(document):\(lineNumber)" }

    /// Every block of Swift in the documents.
    static let all: [Example] = Document.all.flatMap { path in
      ((try? Document(path))?.blocks ?? []).filter { $0.language == "swift" }.map { block in
        Example(
          document: path, lineNumber: block.lineNumber,
          file: block.marker.flatMap { $0.hasPrefix("example: ") ? String($0.dropFirst(9)) : nil },
          text: block.lines.joined(separator: "\n"))
      }
    }
  }

  @Test("a block of Swift is the text of a file that these tests compile", arguments: Example.all)
  func isCompiled(_ example: Example) throws {
    let file = try #require(example.file, "no comment `example: FILE` before the block")
    #expect(file.hasPrefix("Tests/DocumentationTests/Examples/"))
    #expect(try Project.text(file) == example.text + "\n")
  }

  @Test("every example file is shown in a document")
  func isShown() {
    let files = Project.files(below: "Tests/DocumentationTests/Examples", extension: "swift")
    #expect(files.count > 2)
    #expect(Set(Example.all.compactMap(\.file)).isSuperset(of: files))
  }

  @Test("the README's function does what it says, as far as a file that is not there lets it")
  func translate() throws {
    #expect(throws: ImageError.self) {
      try DocumentationTests.translate(0, root: 0, inImageAt: "/nonexistent")
    }
  }

  @Test("the source of a few lines lends what it has, and says why not")
  func arrayMemory() throws {
    let memory = ArrayMemory(bytes: Array(0..<16))
    let entry = try memory.withBytes(at: PhysicalAddress(8), count: 8) {
      $0.entry(atByteOffset: 0, byteCount: 8, order: .big)
    }
    #expect(entry == 0x0809_0a0b_0c0d_0e0f)
    for (address, count) in [(9, 8), (16, 1), (.max, .max)] as [(UInt64, Int)] {
      #expect(throws: MemoryFault.outsideRAM) {
        try memory.withBytes(at: PhysicalAddress(address), count: count) { _ in 0 }
      }
    }
    #expect(throws: MemoryFault.unreadable) {
      try memory.withBytes(at: PhysicalAddress(0), count: 0) { _ in 0 }
    }
  }

  @Test("an example returns what its last line says")
  func results() throws {
    let answers = [[walkAnArray()], try mapAndProtect(), try lookAtRanges()]
    for (answer, name) in zip(answers, ["WalkAnArray", "MapAndProtect", "LookAtRanges"]) {
      let text = try Project.text("Tests/DocumentationTests/Examples/\(name).swift")
      let said = try #require(text.split(separator: "\n").last { $0.hasPrefix("// Returns ") })
      let promised = said.split(separator: "\"").enumerated().filter { $0.offset % 2 == 1 }.map {
        String($0.element)
      }
      #expect(promised == answer)
    }
  }

  @Test("the example format is walked and written like any other")
  func exampleFormat() throws {
    let format = EditingFormat(.exampleOne)
    var memory = try SparseMemory(byteCount: 1 << 20)
    var frames = SequentialFrames(from: PhysicalAddress(0), byteCount: 1 << 20)
    let editor = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &frames)
    for (sizeBits, address) in [(12, 0x1234_5000), (22, 0x8040_0000)] as [(UInt8, UInt64)] {
      for access in format.expressibleAccesses(sizeBits: sizeBits) {
        try editor.map(
          VirtualAddress(address), to: PhysicalAddress(0x0dc0_0000), sizeBits: sizeBits, access: access,
          in: &memory, frames: &frames)
        let mapping = editor.walker.translate(VirtualAddress(address + 0x42), in: memory).mapping
        #expect(
          mapping == .init(physical: PhysicalAddress(0x0dc0_0042), pageSizeBits: sizeBits, access: access))
        try editor.unmap(VirtualAddress(address), byteCount: 1 << UInt64(sizeBits), in: &memory)
      }
    }
    let swap = NotPresentState(.swap, type: 3, offset: 0x123)
    try editor.setNotPresent(swap, at: VirtualAddress(0x1234_5000), in: &memory, frames: &frames)
    let answer = editor.walker.translate(VirtualAddress(0x1234_5000), in: memory)
    #expect(answer.outcome == .stopped(.notPresent(swap)))
    #expect(answer.steps.elements.map(\.entry).last == 0x0001_2306)
  }
}
