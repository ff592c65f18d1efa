extension ObservedArea {
  /// `START END rwxp OFFSET OBJECT`.
  var text: String {
    "\(start.hexadecimal) \(end.hexadecimal) \(protection.text)\(isShared ? "s" : "p") "
      + "\(offsetBytes.hexadecimal) \(object.text)"
  }

  init(_ scanner: inout LineScanner) throws(TextError) {
    let start = try scanner.hexadecimal("the start")
    let end = try scanner.hexadecimal("the end")
    guard start < end else { throw scanner.error("the end must be above the start") }
    let access = try scanner.word("the access")
    guard access.utf8.count == 4, let protection = Protection(text: access.prefix(3)),
      let last = access.last, last == "s" || last == "p"
    else { throw scanner.error("the access must be like 'rw-p'") }
    let offset = try scanner.hexadecimal("the offset")
    guard let object = Object(text: try scanner.word("the object")) else {
      throw scanner.error("the object must be -, heap, stack, fileN, shared:NUMBER or other:NAME")
    }
    self.init(
      start: start, end: end, protection: protection, isShared: last == "s", offsetBytes: offset,
      object: object)
  }
}

extension ObservedArea.Object {
  var text: String {
    switch self {
    case .anonymous: "-"
    case .heap: "heap"
    case .stack: "stack"
    case .file(let number): "file\(number)"
    case .sharedAnonymous(let number): "shared:\(number.hexadecimal)"
    case .other(let name): "other:" + Self.escaped(name)
    }
  }

  init?(text: String) {
    switch text {
    case "-": self = .anonymous
    case "heap": self = .heap
    case "stack": self = .stack
    default:
      if text.hasPrefix("file"), let number = Int(text.dropFirst(4)),
        (0..<MemoryOperation.fileCount).contains(number), "file\(number)" == text
      {
        self = .file(number)
      } else if text.hasPrefix("shared:") {
        let digits = Array(text.utf8.dropFirst(7))
        guard let number = LineScanner.number(in: digits, 0..<digits.count, radix: 16) else { return nil }
        self = .sharedAnonymous(number)
      } else if text.hasPrefix("other:"), let name = Self.unescaped(text.utf8.dropFirst(6)) {
        self = .other(name)
      } else {
        return nil
      }
    }
  }

  /// Bytes that are not printable ASCII, and `%`, as `%` and two hexadecimal digits.
  private static func escaped(_ name: String) -> String {
    var text = ""
    for byte in name.utf8 {
      if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "%") {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += byte < 16 ? "%0\(byte.hexadecimal)" : "%\(byte.hexadecimal)"
      }
    }
    return text
  }

  private static func unescaped(_ text: some Sequence<UInt8>) -> String? {
    let bytes = Array(text)
    var name: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] != UInt8(ascii: "%") {
        name.append(bytes[index])
        index += 1
        continue
      }
      guard index + 3 <= bytes.count,
        let byte = LineScanner.number(in: bytes, index + 1..<index + 3, radix: 16)
      else { return nil }
      name.append(UInt8(truncatingIfNeeded: byte))
      index += 3
    }
    return String(decoding: name, as: UTF8.self)
  }
}
