/// `/proc/PID/maps`.
struct MapsText {
  let path: String
  let bytes: [UInt8]
  let eyes: Eyes

  /// The areas that are shown.
  func areas() throws(OracleError) -> [ObservedArea] {
    var areas: [ObservedArea] = []
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      guard let area = area(start..<end) else {
        throw .unexpected(
          file: path, what: "a line that is no area: \(String(decoding: bytes[start..<end], as: UTF8.self))")
      }
      if eyes.shown.contains(area.start) { areas.append(area) }
      start = end + 1
    }
    return areas
  }

  /// `START-END rwxp OFFSET DEVICE INODE NAME`, with spaces before the name.
  private func area(_ line: Range<Int>) -> ObservedArea? {
    let fields = bytes[line].split(separator: UInt8(ascii: " "), maxSplits: 5)
    guard fields.count >= 5, let dash = fields[0].firstIndex(of: UInt8(ascii: "-")),
      let start = LineScanner.number(in: bytes, fields[0].startIndex..<dash, radix: 16),
      let end = LineScanner.number(in: bytes, dash + 1..<fields[0].endIndex, radix: 16), start < end,
      fields[1].count == 4, let last = fields[1].last,
      let protection = Protection(text: String(decoding: fields[1].dropLast(), as: UTF8.self)),
      let offset = LineScanner.number(in: bytes, fields[2].indices, radix: 16),
      let inode = LineScanner.number(in: bytes, fields[4].indices, radix: 10)
    else { return nil }
    let name = fields.count > 5 ? fields[5].drop { $0 == UInt8(ascii: " ") } : []
    return ObservedArea(
      start: start, end: end, protection: protection, isShared: last == UInt8(ascii: "s"),
      offsetBytes: offset, object: object(String(decoding: name, as: UTF8.self), inode: inode))
  }

  private func object(_ name: String, inode: UInt64) -> ObservedArea.Object {
    if inode != 0, let file = eyes.inodes.firstIndex(of: inode), name.hasPrefix("/memfd:") {
      return .file(file)
    }
    if inode != 0, name.hasPrefix("/dev/zero") { return .sharedAnonymous(inode) }
    return switch name {
    case "": .anonymous
    case "[heap]": .heap
    case "[stack]": .stack
    default: .other(name)
    }
  }
}
