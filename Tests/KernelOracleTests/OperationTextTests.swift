import KernelOracle
import Testing

@Suite("the text of operations and programs")
struct OperationTextTests {
  /// Every kind, in its exact form.
  static let lines = [
    "0 read 20000000 1", "7 write 7ffffffff000 1048576", "0 mmap 0 2000 rw- private,anonymous - 0",
    "1 mmap 20000000 1000 --- shared,fixed 3 5000",
    "0 mmap 20000000 1000 r-x+1000000 private,growsdown,80 0 0",
    "0 mmap 0 ffffffffffffffff rwx - - fff", "0 munmap 20000000 1000", "0 mprotect 20000000 1001 r--",
    "0 madvise 20000000 1000 dontneed", "0 madvise 20000000 1000 guard-install", "0 madvise 0 0 3e7",
    "0 mremap 20000000 1000 2000 maymove,fixed,dontunmap 30000000", "0 mremap 20000000 1000 2000 - 0",
    "0 brk 10400000", "0 mlock 20000000 1000", "0 mlock2 20000000 1000 onfault", "0 munlock 20000000 1000",
    "0 msync 20000000 1000 async,sync", "0 ftruncate 2 1800", "0 fallocate 1 keep-size,punch-hole 3000 1000",
    "3 fork 4", "2 exit",
  ]

  @Test("a line is read and written again exactly", arguments: lines)
  func exact(line: String) throws {
    #expect(try MemoryOperation(text: line).text == line)
  }

  @Test("what a line says is what was meant")
  func meaning() throws {
    #expect(
      try MemoryOperation(text: "1 mmap 20000000 1000 rw- shared,fixed 3 5000")
        == MemoryOperation(
          slot: 1,
          .map(
            address: 0x2000_0000, lengthBytes: 0x1000, [.read, .write], [.shared, .fixed], file: 3,
            offsetBytes: 0x5000)))
    #expect(
      try MemoryOperation(text: "0 madvise 1000 2000 16")
        == MemoryOperation(slot: 0, .advise(address: 0x1000, lengthBytes: 0x2000, .populateRead)))
  }

  struct Malformed: Sendable, CustomTestStringConvertible {
    var line: String
    var column: Int
    var mentions: String
    var testDescription: String { line }
  }

  static let malformed = [
    Malformed(line: "", column: 1, mentions: "process is missing"),
    Malformed(line: "8 exit", column: 1, mentions: "0 to 7"),
    Malformed(line: "x exit", column: 1, mentions: "decimal"),
    Malformed(line: "0", column: 2, mentions: "operation is missing"),
    Malformed(line: "0 jump", column: 3, mentions: "no operation 'jump'"),
    Malformed(line: "0  exit", column: 3, mentions: "one space"),
    Malformed(line: "0 exit ", column: 7, mentions: "space at the line's end"),
    Malformed(line: "0 exit now", column: 8, mentions: "too many words"),
    Malformed(line: "0 read 0x1000 1", column: 8, mentions: "hexadecimal"),
    Malformed(line: "0 read 10000000000000000 1", column: 8, mentions: "2^64"),
    Malformed(line: "0 read 1000 1048577", column: 13, mentions: "0 to 1048576"),
    Malformed(line: "0 read 1000 -1", column: 13, mentions: "decimal"),
    Malformed(line: "0 mmap 0 1000 rw private - 0", column: 15, mentions: "like 'rw-'"),
    Malformed(line: "0 mmap 0 1000 r--+5 private - 0", column: 15, mentions: "like 'rw-'"),
    Malformed(line: "0 mmap 0 1000 rw- private,,fixed - 0", column: 19, mentions: "growsdown"),
    Malformed(line: "0 mmap 0 1000 rw- private 4 0", column: 27, mentions: "0 to 3"),
    Malformed(line: "0 madvise 0 1000 please", column: 18, mentions: "no such advice"),
    Malformed(line: "0 mremap 0 1000 2000 fixed", column: 27, mentions: "new address is missing"),
    Malformed(line: "3 fork 3", column: 8, mentions: "fork itself"),
  ]

  @Test("a malformed line says where and what", arguments: malformed)
  func refused(_ example: Malformed) throws {
    let error = try #require(throws: TextError.self) { try MemoryOperation(text: example.line) }
    #expect(error.line == 1)
    #expect(error.column == example.column)
    #expect(error.problem.contains(example.mentions), "\(error)")
  }

  @Test("bits of any value survive")
  func bits() throws {
    for value in [0, 1, 3, 0x22, 0x8000_0000, UInt32.max] {
      #expect(MapFlags(text: MapFlags(rawValue: value).text)?.rawValue == value)
      #expect(RemapFlags(text: RemapFlags(rawValue: value).text)?.rawValue == value)
      #expect(Advice(text: Advice(rawValue: value).text)?.rawValue == value)
      #expect(Protection(text: Protection(rawValue: value).text)?.rawValue == value)
    }
    for value in 0..<200 as Range<UInt32> {
      #expect(Advice(text: Advice(rawValue: value).text)?.rawValue == value)
    }
  }

  @Test("programs are separated by a word; comments and empty lines say nothing")
  func programs() throws {
    let text = "# first\n0 brk 0\n\nprogram\n0 fork 1\n1 exit\nprogram\n"
    let programs = try Program.all(in: text)
    #expect(programs.map(\.operations.count) == [1, 2, 0])
    #expect(try Program.all(in: Program.text(of: programs)) == programs)
    #expect(try Program(text: programs[1].text) == programs[1])
    #expect(throws: TextError.self) { try Program(text: text) }
  }

  @Test("an error in a program says which line")
  func programError() throws {
    let error = try #require(throws: TextError.self) { try Program(text: "0 brk 0\n# x\n0 brk zero\n") }
    #expect(error.description.hasPrefix("line 3, column 7: "))
  }
}
