extension TypeInformation {
  /// How large a file may be. Kernels with debug information have up to a gigabyte; BTF is 6 MB of it.
  private static let fileLimitBytes = 2 << 30

  /// Reads a file: BTF itself, as in `/sys/kernel/btf/vmlinux`, or a little-endian ELF file with a section
  /// `.BTF`, such as a `vmlinux`.
  public init(path: String) throws(EvidenceError) {
    let bytes = try evidenceFile(at: path, limitBytes: Self.fileLimitBytes)
    guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else {
      try self.init(bytes: bytes, subject: path)
      return
    }
    let section = try Self.section(".BTF", ofELF: bytes, subject: path)
    try self.init(bytes: Array(bytes[section]), subject: "\(path), section .BTF")
  }

  /// Where a section's bytes are (System V ABI, chapter 4, Sections).
  static func section(
    _ name: String, ofELF bytes: [UInt8], subject: String
  ) throws(EvidenceError) -> Range<Int> {
    func word(_ place: Int, _ byteCount: Int) throws(EvidenceError) -> Int {
      guard place >= 0, place <= bytes.count - byteCount else {
        throw EvidenceError(subject, .offset(bytes.count), "ends within the ELF header or section table")
      }
      var value: UInt64 = 0
      for index in 0..<byteCount { value |= UInt64(bytes[place + index]) << UInt64(8 * index) }
      guard let number = Int(exactly: value), number < 1 << 48 else {
        throw EvidenceError(subject, .offset(place), "a number out of range in the ELF file")
      }
      return number
    }
    let fileClass = try word(4, 1)
    guard fileClass == 1 || fileClass == 2, try word(5, 1) == 1 else {
      throw EvidenceError(subject, .offset(4), "not a little-endian ELF file")
    }
    // Offsets of the fields in 64- and 32-bit files.
    let is64 = fileClass == 2
    let wordSize = is64 ? 8 : 4
    let table = try word(is64 ? 40 : 32, wordSize)
    let entrySize = try word(is64 ? 58 : 46, 2)
    let count = try word(is64 ? 60 : 48, 2)
    let namesIndex = try word(is64 ? 62 : 50, 2)
    func contents(_ index: Int) throws(EvidenceError) -> Range<Int> {
      let header = table + index * entrySize
      let offset = try word(header + (is64 ? 24 : 16), wordSize)
      let size = try word(header + (is64 ? 32 : 20), wordSize)
      guard offset <= bytes.count, size <= bytes.count - offset else {
        throw EvidenceError(subject, .offset(header), "section \(index) runs over the end of the file")
      }
      return offset..<(offset + size)
    }
    guard namesIndex < count else {
      throw EvidenceError(subject, .offset(is64 ? 62 : 50), "no table of section names")
    }
    let names = try contents(namesIndex)
    let wanted = Array(name.utf8) + [0]
    for index in 0..<count {
      let offset = try word(table + index * entrySize, 4)
      guard offset <= names.count - wanted.count,
        bytes[(names.lowerBound + offset)..<(names.lowerBound + offset + wanted.count)].elementsEqual(wanted)
      else { continue }
      return try contents(index)
    }
    throw EvidenceError(
      subject, nil, "has no section \(name)", advice: "give a vmlinux built with CONFIG_DEBUG_INFO_BTF")
  }
}
