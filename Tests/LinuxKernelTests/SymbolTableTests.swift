import LinuxKernel
import Testing

@Suite("Symbols by name and address")
struct SymbolTableTests {
  static let map = """
    0000000000000000 A fixed_percpu_data
    ffffffff81000000 T _text
    ffffffff81000000 T _stext
    ffffffff81000100 t helper
    ffffffff81000200 t helper
    ffffffff81000300 D state
    ffffffff81000400 d state
    ffffffffc0001000 t module_function\t[module]

    """

  static func table(_ text: String) throws(EvidenceError) -> SymbolTable {
    try SymbolTable(systemMap: Array(text.utf8))
  }

  @Test("a System.map gives names, addresses and types; modules are left out")
  func systemMap() throws {
    let table = try Self.table(Self.map)
    #expect(table.count == 7)
    #expect(table[1] == Symbol(name: "_text", address: 0xffff_ffff_8100_0000, type: "T"))
    #expect(table.addresses(of: "helper") == [0xffff_ffff_8100_0100, 0xffff_ffff_8100_0200])
    #expect(table.address(of: "helper") == nil)
    #expect(table.address(of: "state") == 0xffff_ffff_8100_0300)
    #expect(table.address(of: "_stext") == 0xffff_ffff_8100_0000)
    #expect(table.addresses(of: "module_function").isEmpty)
    #expect(table.addresses(of: "").isEmpty)
    #expect(table.addresses(of: "_stex").isEmpty)
  }

  @Test("an address is described by the first symbol at or below it")
  func nearest() throws {
    let table = try Self.table(Self.map)
    #expect(table.describe(0xffff_ffff_8100_0000) == "_text")
    #expect(table.describe(0xffff_ffff_8100_0010) == "_text+0x10")
    #expect(table.describe(0xffff_ffff_8100_02ff) == "helper+0xff")
    #expect(table.describe(0) == "fixed_percpu_data")
    #expect(table.describe(0xffff_ffff_8200_0400) == "state+0x1000000")
    #expect(table.describe(0xffff_ffff_8200_0401) == nil)
    #expect(table.describe(0xffff_8880_0000_0000) == nil)
    #expect(table.describe(.max, within: .max) == "state+0x7efffbff")
  }

  @Test("symbols out of order are brought into order")
  func sorting() throws {
    let table = try Self.table("c0002000 T second\nc0001000 T first\nc0002000 t alias\n")
    #expect(table.map(\.name) == ["first", "second", "alias"])
    #expect(table.address(of: "first") == 0xc000_1000)
    #expect(table.address(of: "alias") == 0xc000_2000)
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    var text: String
    var message: String
    var testDescription: String { message }
  }

  @Test(
    "a text that is no System.map is refused by its line",
    arguments: [
      Bad(text: "c0001000 T first\nnonsense\n", message: "line 2: no `address type name`"),
      Bad(text: "c000100g T first\n", message: "line 1: no `address type name`"),
      Bad(text: "c0001000 TT first\n", message: "line 1: no `address type name`"),
      Bad(text: "10000000000000000 T first\n", message: "line 1: no `address type name`"),
      Bad(text: "", message: "holds no symbols"),
      Bad(text: "0000000000000000 T _text\n0 T _etext\n", message: "all addresses are zero"),
    ])
  func refuses(_ bad: Bad) {
    let error = #expect(throws: EvidenceError.self) { try Self.table(bad.text) }
    #expect(
      error?.description.hasPrefix("System.map: \(bad.message)") == true, "\(String(describing: error))")
  }

  @Test("a file that is not there is named")
  func missingFile() {
    let error = #expect(throws: EvidenceError.self) {
      try SymbolTable(systemMapAt: "/nonexistent/System.map")
    }
    #expect(error?.description.hasPrefix("/nonexistent/System.map: cannot be opened") == true)
  }
}
