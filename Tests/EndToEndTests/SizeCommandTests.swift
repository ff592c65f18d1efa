import Testing

@Suite("pagewalk size")
struct SizeCommandTests {
  @Test("a format: 2^20 entries for 4 GiB of 4 KiB pages, and as many for as many frames")
  func format() throws {
    let outcome = try Command.run(
      "size", "--paging", "x86", "--ram", "4G", "--processes", "4", "--mapped", "4M", "--format", "json")
    #expect(outcome.status == 0)
    let objects = try outcome.objects()
    #expect(objects.allSatisfy { $0["schema"] as? String == "pagewalk.size/1" })
    let linear = try #require(objects.first { $0["kind"] as? String == "linear" })
    #expect((linear["each"] as? [String: Any])?["entries"] as? Int == 1 << 20)
    #expect(linear["bytes"] as? Int == 16 << 20)
    let inverted = try #require(objects.first { $0["kind"] as? String == "inverted" })
    #expect(inverted["entries"] as? Int == 1 << 20)
  }

  @Test("numbers: sixteen frames of 1 KiB for four processes")
  func numbers() throws {
    let lines = try Command.run(
      "size", "--address-bits", "16", "--page-size", "1K", "--entry-size", "4", "--ram", "16K", "--processes",
      "4", "--format", "csv"
    ).lines
    #expect(lines.contains("linear,,4,256,4,1024,256,,,,,,"))
    #expect(lines.contains("inverted,,4,16,1,320,,64,,,,,"))
    let text = try Command.run("size", "--levels", "10,10", "--inverted-entry-size", "8", "--ram", "4M").lines
    #expect(text.contains { $0.hasPrefix("inverted") && $0.contains(" 1024 ") && $0.contains(" 12 KiB ") })
  }

  @Test("the lab: every kind of table, measured")
  func source() throws {
    let objects = try Command.run("size", "614", "--format", "json").objects()
    #expect(
      objects.map { $0["kind"] as? String }
        == ["linear", "multi-level", "inverted", "hashed", "clustered"])
    #expect(objects.allSatisfy { $0["mappedPages"] as? Int == 29 && $0["partial"] == nil })
    #expect(objects.allSatisfy { ($0["lookups"] as? [String: Any])?["count"] as? Int == 29 })
    #expect(objects[1]["bytes"] as? Int == 28 << 10)
    #expect(objects[2]["entries"] as? Int == 0x6000_0000 >> 12)
    #expect(try Command.run("size").lines.first == "1 process maps 29 pages of 4 KiB: 116 KiB")
  }

  @Test(
    "what does not fit is refused with a sentence",
    arguments: [
      (["--page-size", "3"], "power of two"), (["--levels", "10,11"], nil),
      (["--levels", "10,10", "--address-bits", "31"], "not the 31"),
      (["-s", "x", "--ram", "4G"], "leave out"),
      (["--paging", "x86", "--page-size", "4K"], "leave these out"), (["99"], "no process 99"),
      (["--ram", "4X"], "invalid"), (["--paging", "none"], "no paging format"),
    ] as [([String], String?)])
  func refused(_ arguments: [String], _ words: String?) throws {
    let line = "\"$pagewalk\" size " + arguments.joined(separator: " ")
    let outcome = try Command.shell(line)
    #expect(outcome.status == (words == nil ? 0 : 2))
    if let words {
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }
  }
}
