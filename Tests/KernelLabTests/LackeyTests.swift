import KernelLab
import Testing

@Suite("Lackey's text")
struct LackeyTests {
  @Test("fetches, reads, writes, and a modification that is both; Valgrind's own lines are passed over")
  func kinds() throws {
    let text = """
      ==614== Lackey, an example Valgrind tool
      ==614== Command: ./a.out
      --614-- warning: something
      **614** the program said

      I  04001000,3
       S 1ffeffe7e8,8
       L 04222cac,4
       M 0421c7f0,16
      I  ffffffffffffffff,15
      ==614==
      ==614== Counted 1 call to main()

      """
    #expect(
      try records(of: text) == [
        .fetch(0x0400_1000, 3), .write(0x1f_feff_e7e8, 8), .read(0x0422_2cac, 4), .read(0x0421_c7f0, 16),
        .write(0x0421_c7f0, 16), .fetch(.max, 15),
      ])
  }

  @Test(
    "blanks may be more or fewer, digits capital, lines of another system",
    arguments: ["I 1,1\n", " I  1,1\n", "I   0000000000000001,1\n", "I  1,1\r\n", "\nI  1,01\n"])
  func loose(_ text: String) throws {
    #expect(try records(of: "==1==\n" + text) == [.fetch(1)])
  }

  @Test("every number of digits gives its number, small and capital")
  func digits() throws {
    for count in 1...16 {
      let value = UInt64(0xfedc_ba98_7654_3210) >> UInt64(64 - 4 * count)
      let digits = String(value, radix: 16)
      #expect(try records(of: " L \(digits),8\n") == [.read(value, 8)])
      #expect(try records(of: " L \(digits.uppercased()),8\n") == [.read(value, 8)])
    }
  }

  @Test("no other character is a digit")
  func noDigits() {
    let digits = Set("0123456789abcdefABCDEF".utf8)
    for byte in UInt8.min...UInt8.max where !digits.contains(byte) && byte != 0x2c && byte != 0x20 {
      for place in [0, 3, 7, 9] {
        var text = Array(" L 123456789a,8\n".utf8)
        text[3 + place] = byte
        let error = #expect(throws: TraceError.self) { try records(of: Array("==1==\n".utf8) + text) }
        #expect(error?.place == .line(2, column: 4 + place))
      }
    }
  }

  struct Malformed: Sendable, CustomTestStringConvertible {
    var text: String
    var line: UInt64
    var column: Int
    var words: String
    var testDescription: String { text.debugDescription }
  }

  @Test(
    "a line that is no access is an error with its line and column",
    arguments: [
      Malformed(text: "hello world\n", line: 3, column: 1, words: "neither an access"),
      Malformed(text: "I  04001000\n", line: 3, column: 12, words: "comma"),
      Malformed(text: "I  ,3\n", line: 3, column: 4, words: "hexadecimal address"),
      Malformed(text: "I  12345678123456781,3\n", line: 3, column: 4, words: "more than 64 bits"),
      Malformed(text: "I  04001000,\n", line: 3, column: 13, words: "size"),
      Malformed(text: "I  04001000,0\n", line: 3, column: 13, words: "size from 1 to 2047"),
      Malformed(text: "I  04001000,2048\n", line: 3, column: 13, words: "size from 1 to 2047"),
      Malformed(text: "I  04001000,3x\n", line: 3, column: 14, words: "line's end"),
      Malformed(text: "I  04001000,3", line: 3, column: 14, words: "cut off"),
      Malformed(text: "I  0400", line: 3, column: 8, words: "comma"),
      Malformed(text: "I", line: 3, column: 2, words: "blank"),
      Malformed(text: " ", line: 3, column: 2, words: "neither"),
      Malformed(text: "I04001000,3\n", line: 3, column: 2, words: "blank"),
      Malformed(text: " M 1,1\n=1\n", line: 4, column: 1, words: "neither"),
      Malformed(text: "==2==\n\n X 1,1\n", line: 5, column: 2, words: "neither"),
      Malformed(text: String(repeating: " ", count: 100) + "I  1,1\n", line: 3, column: 65, words: "neither"),
    ])
  func malformed(_ given: Malformed) {
    let error = #expect(throws: TraceError.self) { try records(of: "==1==\nI  1,1\n" + given.text) }
    #expect(error?.place == .line(given.line, column: given.column))
    #expect(error?.problem.contains(given.words) == true, "\(String(describing: error))")
    #expect(error?.description.hasPrefix("trace: line \(given.line), column ") == true)
  }

  @Test("what comes before the malformed line is given, and only then the error")
  func before() throws {
    var reader = try TraceReader(bytes: Array(" L 1,1\n L 2,2\n?\n L 3,3\n".utf8), name: "trace")
    var batch = TraceBatch()
    let isThere = try reader.read(into: &batch)
    #expect(isThere)
    #expect(Array(batch.records.prefix(batch.count)) == [.read(1), .read(2, 2)])
    for _ in 0..<2 {
      do throws(TraceError) {
        _ = try reader.read(into: &batch)
        Issue.record("no error")
      } catch {
        #expect(error.place == .line(3, column: 1))
      }
      #expect(batch.count == 0)
    }
  }

  @Test("a file of many blocks reads as the same text at once does, wherever blocks end")
  func blocks() throws {
    let expected = sampleRecords(150_000)
    var text = "==1== " + String(repeating: "long ", count: 300_000) + "\n"
    for (index, record) in expected.enumerated() {
      text += record.lackeyLine
      if index % 10_000 == 0 { text += "==1== chatter\n" }
    }
    let bytes = Array(text.utf8)
    #expect(bytes.count > 3 << 20)
    #expect(try records(of: bytes) == expected)
    try withFile(bytes) { path in
      let found = try records(at: path)
      #expect(found == expected)
    }
  }
}
