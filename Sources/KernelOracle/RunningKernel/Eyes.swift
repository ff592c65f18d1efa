/// What looking at processes needs: room to read into, and what is to be left out.
struct Eyes {
  var bytes = [UInt8](repeating: 0, count: 1 << 14)
  var words = [UInt64](repeating: 0, count: 1 << 14)
  let pageSizeBytes: UInt64
  /// Areas below (the agent's own) and above (the kernel's gates) are not shown.
  var shown: Range<UInt64>
  /// The bits of pagemap entries that are shown.
  var entryMask: UInt64
  /// The inodes of the files, in order.
  var inodes: [UInt64] = []

  /// The decimal number behind a line's name, among the first `count` bytes.
  func number(after name: StaticString, _ count: Int) -> UInt64? {
    let length = name.utf8CodeUnitCount
    return name.withUTF8Buffer { name in
      var line = 0
      while line + length <= count {
        var index = 0
        while index < length, unsafe bytes[line + index] == name[index] { index += 1 }
        if index == length {
          var at = line + length
          while at < count, bytes[at] == UInt8(ascii: " ") || bytes[at] == UInt8(ascii: "\t") { at += 1 }
          var end = at
          while end < count, bytes[end] >= UInt8(ascii: "0"), bytes[end] <= UInt8(ascii: "9") { end += 1 }
          return LineScanner.number(in: bytes, at..<end, radix: 10)
        }
        while line < count, bytes[line] != UInt8(ascii: "\n") { line += 1 }
        line += 1
      }
      return nil
    }
  }
}
