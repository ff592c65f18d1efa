import PageTables

/// What the kernel tells crash dump tools about itself, read where `/sys/kernel/vmcoreinfo` says it stands.
enum VMCoreInfoNote {
  /// The note has one page; more than this is none.
  private static let limitBytes = 64 << 10

  /// The text, or nil if there is none that can be read.
  static func text(in memory: LiveMemory) -> String? {
    guard let line = try? SystemFile("/sys/kernel/vmcoreinfo").text(limitBytes: 256) else { return nil }
    let words = line.split(whereSeparator: \.isWhitespace).map { $0.hasPrefix("0x") ? $0.dropFirst(2) : $0 }
    guard words.count == 2, let address = UInt64(words[0], radix: 16), let size = Int(words[1], radix: 16),
      (32...limitBytes).contains(size)
    else { return nil }
    let note = try? memory.withBytes(at: PhysicalAddress(address), count: size) { bytes in
      // Sound: the span is only read, and copied whole while it is lent.
      unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
    }
    return note.flatMap(text)
  }

  /// The text of an ELF note: three numbers, the name `VMCOREINFO` padded to 12 bytes, the text.
  static func text(of note: [UInt8]) -> String? {
    guard note.count > 24, note.number(at: 0, 4) == 11, Array(note[12..<22]) == Array("VMCOREINFO".utf8)
    else {
      return nil
    }
    let size = min(Int(note.number(at: 4, 4)), note.count - 24)
    let text = note[24..<(24 + size)].prefix { $0 != 0 }
    return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
  }
}
