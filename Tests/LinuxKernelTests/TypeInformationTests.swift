import LinuxKernel
import PageTables
import TestMemory
import Testing

@Suite("BTF type information")
struct TypeInformationTests {
  static func types(_ bytes: [UInt8]) throws(EvidenceError) -> TypeInformation {
    try TypeInformation(bytes: bytes)
  }

  @Test("members are found through anonymous ones, typedefs and paths")
  func offsets() throws {
    let types = try Self.types(BTFWriter.kernel().bytes)
    #expect(types.offset(of: "task_struct.pid") == 0)
    #expect(types.offset(of: "task_struct.whole") == 8)
    #expect(types.offset(of: "task_struct.low") == 8)
    #expect(types.offset(of: "task_struct.high") == 12)
    #expect(types.offset(of: "task_struct.tasks.prev") == 24)
    #expect(types.offset(of: "task_struct.mm") == 80)
    #expect(types.member("task_struct.pid")?.byteCount == 4)
    #expect(types.member("task_struct.matrix")?.byteCount == 48)
    #expect(types.member("task_struct.mm")?.byteCount == 8)
    #expect(types.member("task_struct.tasks")?.byteCount == 16)
  }

  @Test(
    "what is not there, or not a structure, has no offset",
    arguments: [
      "task_struct", "task_struct.", ".pid", "task_struct.none", "task_struct.mm.next", "task_struct.pid.x",
      "none.pid", "task_struct..pid", "int.x", "", ".", "task_struct.flag",
    ])
  func absent(_ path: String) throws {
    #expect(try Self.types(BTFWriter.kernel().bytes).offset(of: path) == nil)
  }

  @Test("bit-fields have bits, in both ways of writing them")
  func bitFields() throws {
    let types = try Self.types(BTFWriter.kernel().bytes)
    let flag = try #require(types.member("task_struct.flag"))
    #expect(flag.bitOffset == 33)
    #expect(flag.bitFieldBits == 1)
    #expect(flag.byteOffset == nil)
    #expect(types.member("old_flags.three")?.bitFieldBits == 3)
    #expect(types.offset(of: "old_flags.three") == nil)
  }

  @Test("sizes and constants are found by name")
  func sizes() throws {
    let types = try Self.types(BTFWriter.kernel().bytes)
    #expect(types.size(of: "task_struct") == 128)
    #expect(types.size(of: "pid_t") == 4)
    #expect(types.size(of: "double") == 8)
    #expect(types.size(of: "unknown") == nil)
    #expect(types.size(of: "") == nil)
    #expect(types.pointerByteCount == 8)
    #expect(types.enumerator("RED") == -1)
    #expect(types.enumerator("GREEN") == 7)
    #expect(types.enumerator("HUGE") == 0x1_0000_0005)
    #expect(types.enumerator("BLUE") == nil)
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var message: String
    var change: @Sendable (inout [UInt8]) -> Void
  }

  static let bad: [Bad] = [
    Bad(testDescription: "nothing", message: "at offset 0x0: ends within the header") { $0 = [] },
    Bad(testDescription: "no magic number", message: "at offset 0x0: no magic number") { $0[0] = 0 },
    Bad(testDescription: "another version", message: "at offset 0x2: version 2") { $0[2] = 2 },
    Bad(testDescription: "huge header", message: "at offset 0x4: a header of") { $0[5] = 0xff },
    Bad(testDescription: "huge types", message: "at offset 0x8: parts of more than") { $0[15] = 0xff },
    Bad(testDescription: "cut off", message: "ends early") { $0.removeLast(100) },
    Bad(testDescription: "string without end", message: "strings that do not") { $0[$0.count - 1] = 1 },
    Bad(testDescription: "unknown kind", message: "at offset 0x18: a type of unknown kind 20") {
      $0[31] = 20
    },
    Bad(testDescription: "kind 0", message: "at offset 0x18: a type of unknown kind 0") { $0[31] = 0 },
    Bad(testDescription: "too many members", message: "a type that runs over the end") {
      $0[31] = 4
      $0[30] = 0xff
    },
    Bad(testDescription: "name outside", message: "at offset 0x18: a name at") { $0[26] = 0xff },
    Bad(testDescription: "reference outside", message: "a reference to type") {
      // The pointer, the third type.
      $0[24 + 32 + 10] = 0xff
    },
    Bad(testDescription: "cut within a type", message: "a type that") { bytes in
      let length = Int(bytes[12]) | Int(bytes[13]) << 8
      bytes[12] = UInt8(truncatingIfNeeded: length - 4)
      bytes[13] = UInt8(truncatingIfNeeded: (length - 4) >> 8)
    },
  ]

  @Test("unsound information is refused by its place", arguments: bad)
  func refuses(_ bad: Bad) {
    var bytes = BTFWriter.kernel().bytes
    bad.change(&bytes)
    let error = #expect(throws: EvidenceError.self) { try Self.types(bytes) }
    #expect(error?.description.contains(bad.message) == true, "\(String(describing: error))")
  }

  @Test("types that contain themselves end")
  func loops() throws {
    var writer = BTFWriter()
    // 1 and 2 are names for each other; 3 is an array of itself; 4 holds itself many times over.
    _ = writer.add(8, "a", third: 2)
    _ = writer.add(8, "b", third: 1)
    _ = writer.add(3, rest: [3, 3, 9])
    _ = writer.structure("s", size: 8, (0..<40).map { _ in .init(name: "", type: 4, bit: 0) })
    _ = writer.structure(
      "t", size: 8, [.init(name: "x", type: 3, bit: 0), .init(name: "y", type: 1, bit: 0)])
    _ = writer.add(8, "long unsigned int", third: 7)
    _ = writer.add(2, third: 6)
    let types = try Self.types(writer.bytes)
    #expect(types.size(of: "a") == nil)
    #expect(types.offset(of: "s.x") == nil)
    #expect(types.offset(of: "t.x") == 0)
    #expect(types.member("t.x")?.byteCount == nil)
    #expect(types.member("t.y")?.byteCount == nil)
    #expect(types.pointerByteCount == nil)
    #expect(types.size(of: "long unsigned int") == nil)
  }

  @Test("damage is survived")
  func damage() {
    let whole = BTFWriter.kernel().bytes
    var generator = SeededGenerator(seed: 5)
    var accepted = 0
    let rounds = 4000
    for _ in 0..<rounds {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        bytes[Int.random(in: 4..<bytes.count, using: &generator)] =
          [0, 1, 3, 0xff, UInt8.random(in: 0...255, using: &generator)].randomElement(using: &generator) ?? 0
      }
      guard let types = try? Self.types(bytes) else { continue }
      accepted += 1
      for path in ["task_struct.high", "task_struct.tasks.prev", "task_struct.matrix", "old_flags.three"] {
        _ = types.member(path)
      }
      _ = types.enumerator("none")
      _ = types.size(of: "task_struct")
    }
    #expect(accepted > 0)
    #expect(accepted < rounds)
  }

  /// Several pieces in memory, each on a page of its own, and where they begin.
  private func memory(_ pieces: [[UInt8]]) -> (KernelMemory, [PhysicalAddress]) {
    var bytes: [UInt8] = []
    var places: [PhysicalAddress] = []
    for piece in pieces {
      places.append(PhysicalAddress(0x10_0000 + UInt64(bytes.count)))
      bytes += piece
      while bytes.count % 4096 != 0 { bytes.append(0) }
    }
    let last = PhysicalAddress(0x0f_ffff + UInt64(bytes.count))
    return (
      KernelMemory(
        ByteMemory(base: 0x10_0000, bytes: bytes),
        ranges: [RAMRange(first: PhysicalAddress(0x10_0000), last: last)]), places
    )
  }

  @Test("the kernel's types are told from a module's, a damaged copy, and equal copies")
  func search() throws {
    let kernel = BTFWriter.kernel(fillers: 5000).bytes
    var damaged = kernel
    damaged[50_000] = 0xff
    damaged[50_003] = 0xff
    let (memory, places) = memory([BTFWriter.kernel().bytes, damaged, kernel, kernel])
    let search = TypeInformation.find(in: memory, headers: places + [PhysicalAddress(.max)])
    #expect(try #require(search.types).offset(of: "task_struct.mm") == 80)
    #expect(search.places == [places[2], places[3]])
    #expect(search.evidence?.detail.contains("1 equal copies") == true)
    #expect(search.rejected.map(\.address) == [places[0], places[1], PhysicalAddress(.max)])
    #expect(search.rejected[0].reason.contains("a module's"))
    #expect(search.rejected[2].reason.contains("cannot be read"))
  }

  @Test("an ELF file's section .BTF is taken", arguments: [true, false])
  func elf(is64: Bool) throws {
    let btf = BTFWriter.kernel().bytes
    let file = ELFWriter.file(is64: is64, sections: [("", []), (".text", [1, 2, 3]), (".BTF", btf)])
    let path = try TemporaryFile.write(file)
    defer { TemporaryFile.remove(path) }
    #expect(try TypeInformation(path: path).offset(of: "task_struct.mm") == 80)
    for count in [20, 60, file.count / 2] {
      let cut = try TemporaryFile.write(Array(file[..<count]))
      defer { TemporaryFile.remove(cut) }
      #expect(throws: EvidenceError.self) { try TypeInformation(path: cut) }
    }
    let other = try TemporaryFile.write(ELFWriter.file(is64: is64, sections: [("", []), (".text", [1])]))
    defer { TemporaryFile.remove(other) }
    let error = #expect(throws: EvidenceError.self) { try TypeInformation(path: other) }
    #expect(error?.problem == "has no section .BTF")
  }
}
