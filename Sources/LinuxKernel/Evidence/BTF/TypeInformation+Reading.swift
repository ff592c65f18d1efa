extension TypeInformation {
  /// How large types or strings may be; kernels have about 3 MB of each.
  static let limitBytes = 64 << 20

  /// The header of BTF: where its two parts are.
  struct FileHeader {
    static let magic = 0xeb9f as UInt32
    /// The least size of a header.
    static let byteCount = 24

    var byteCount: Int
    var typeOffset: Int
    var typeByteCount: Int
    var stringOffset: Int
    var stringByteCount: Int

    /// Where the last part ends.
    var endOffset: Int {
      byteCount + max(typeOffset + typeByteCount, stringOffset + stringByteCount)
    }

    init(_ bytes: [UInt8], subject: String) throws(EvidenceError) {
      guard bytes.count >= Self.byteCount else {
        throw EvidenceError(subject, .offset(bytes.count), "ends within the header of 24 bytes")
      }
      guard bytes.littleEndian32(at: 0) & 0xffff == Self.magic else {
        throw EvidenceError(
          subject, .offset(0), "no magic number 0xeb9f",
          advice: "give BTF as in /sys/kernel/btf/vmlinux, or an ELF file with a section .BTF")
      }
      guard bytes[2] == 1 else { throw EvidenceError(subject, .offset(2), "version \(bytes[2]), not 1") }
      let words = (1..<6).map { Int(bytes.littleEndian32(at: 4 * $0)) }
      guard words[0] >= Self.byteCount, words[0] <= 4096 else {
        throw EvidenceError(subject, .offset(4), "a header of \(words[0]) bytes")
      }
      guard words[1...].allSatisfy({ $0 <= limitBytes }) else {
        throw EvidenceError(subject, .offset(8), "parts of more than \(limitBytes) bytes")
      }
      byteCount = words[0]
      typeOffset = words[1]
      typeByteCount = words[2]
      stringOffset = words[3]
      stringByteCount = words[4]
    }
  }

  /// Reads and checks BTF.
  ///
  /// Costs about 10 ms for a kernel's 5 MB.
  ///
  /// - Throws: what is wrong at which offset. The types of a kernel module ("split" BTF) continue those of the
  ///   kernel and cannot be read alone.
  public init(bytes: [UInt8], subject: String = "BTF") throws(EvidenceError) {
    let header = try FileHeader(bytes, subject: subject)
    guard header.endOffset <= bytes.count else {
      throw EvidenceError(
        subject, .offset(bytes.count), "ends early: \(header.endOffset) bytes are announced")
    }
    let typeStart = header.byteCount + header.typeOffset
    let strings = header.byteCount + header.stringOffset
    guard header.typeOffset % 4 == 0, header.stringByteCount > 0, bytes[strings] == 0,
      bytes[strings + header.stringByteCount - 1] == 0
    else {
      throw EvidenceError(subject, .offset(strings), "strings that do not begin and end with a zero")
    }
    self.bytes = bytes
    typeByteCount = header.typeByteCount
    stringStart = strings
    stringByteCount = header.stringByteCount

    var scan = Scan(subject: subject, stringByteCount: header.stringByteCount)
    try scan.run(bytes, typeStart..<(typeStart + header.typeByteCount), strings: strings)
    places = scan.places
    definitions = scan.definitions
    enumerations = scan.enumerations
  }

  /// One pass over all types.
  private struct Scan {
    let subject: String
    let stringByteCount: Int
    var places: [UInt32] = [0]
    var definitions: [(hash: UInt32, type: UInt32)] = []
    var enumerations: [UInt32] = []
    /// The highest type that something refers to, and where.
    private var highest = 0 as UInt32
    private var highestPlace = 0

    init(subject: String, stringByteCount: Int) {
      self.subject = subject
      self.stringByteCount = stringByteCount
    }

    mutating func run(_ bytes: [UInt8], _ range: Range<Int>, strings: Int) throws(EvidenceError) {
      places.reserveCapacity(range.count / 20)
      var place = range.lowerBound
      while place < range.upperBound {
        guard range.upperBound - place >= 12 else { throw failure(place, "a type that is cut off") }
        let info = bytes.littleEndian32(at: place + 4)
        guard let kind = BTFKind(rawValue: UInt8(truncatingIfNeeded: info >> 24 & 0x7f)) else {
          throw failure(place, "a type of unknown kind \(info >> 24 & 0x7f)")
        }
        let count = Int(info & 0xff_ffff)
        let next = place + 12 + kind.trailingByteCount(count)
        guard next <= range.upperBound else { throw failure(place, "a type that runs over the end") }
        try checkName(bytes.littleEndian32(at: place), place)
        if kind.refersToType { refer(bytes.littleEndian32(at: place + 8), place) }
        try checkMembers(kind, count, at: place, bytes)
        let type = UInt32(places.count)
        let name = bytes.littleEndian32(at: place)
        if name != 0, kind.isDefinition {
          definitions.append((hash(bytes, at: strings + Int(name)), type))
        }
        if kind == .enumeration || kind == .enumeration64 { enumerations.append(type) }
        places.append(UInt32(place))
        place = next
      }
      guard highest < places.count else {
        throw failure(highestPlace, "a reference to type \(highest) of \(places.count - 1)")
      }
    }

    private mutating func checkMembers(
      _ kind: BTFKind, _ count: Int, at place: Int, _ bytes: [UInt8]
    ) throws(EvidenceError) {
      switch kind {
      case .structure, .union:
        for member in stride(from: place + 12, to: place + 12 + 12 * count, by: 12) {
          try checkName(bytes.littleEndian32(at: member), member)
          refer(bytes.littleEndian32(at: member + 4), member)
        }
      case .enumeration, .functionPrototype:
        for member in stride(from: place + 12, to: place + 12 + 8 * count, by: 8) {
          try checkName(bytes.littleEndian32(at: member), member)
          if kind == .functionPrototype { refer(bytes.littleEndian32(at: member + 4), member) }
        }
      case .enumeration64:
        for member in stride(from: place + 12, to: place + 12 + 12 * count, by: 12) {
          try checkName(bytes.littleEndian32(at: member), member)
        }
      case .dataSection:
        for member in stride(from: place + 12, to: place + 12 + 12 * count, by: 12) {
          refer(bytes.littleEndian32(at: member), member)
        }
      case .array:
        refer(bytes.littleEndian32(at: place + 12), place)
        refer(bytes.littleEndian32(at: place + 16), place)
      default: break
      }
    }

    private mutating func refer(_ type: UInt32, _ place: Int) {
      guard type > highest else { return }
      highest = type
      highestPlace = place
    }

    private func checkName(_ offset: UInt32, _ place: Int) throws(EvidenceError) {
      guard offset < stringByteCount else {
        throw failure(place, "a name at \(offset) of \(stringByteCount) bytes of strings")
      }
    }

    private func hash(_ bytes: [UInt8], at start: Int) -> UInt32 {
      var end = start
      while bytes[end] != 0 { end += 1 }
      return SymbolTableBuilder.hash(bytes[start..<end])
    }

    private func failure(_ place: Int, _ problem: String) -> EvidenceError {
      EvidenceError(subject, .offset(place), problem)
    }
  }
}
