import LinuxKernel
import PageTables
import TestMemory

/// Writes a kernel's symbol table as `scripts/kallsyms` of some era does.
struct KallsymsWriter {
  struct Style: Sendable {
    var encoding: Kallsyms.Encoding
    var order: Kallsyms.Order
    /// 4 or 8: the bytes of absolute addresses and of the base.
    var word = 8
    /// What each table is aligned to.
    var alignment = 8
    var markerBytes = 4
    var hasLongLengths = true
    /// Whether three bytes a symbol lie between markers and tokens.
    var hasSequences = false
    /// Virtual minus physical address of the image.
    var imageOffset: UInt64 = 0xffff_ffff_7000_0000
  }

  static let base: UInt64 = 0x0120_0000

  let style: Style
  let symbols: [Symbol]
  private(set) var bytes: [UInt8] = []
  /// The physical addresses of the parts.
  private(set) var labels: [String: UInt64] = [:]

  /// Where a scan would see the digits.
  var digits: PhysicalAddress {
    PhysicalAddress(
      labels["token_table", default: 0] + UInt64(Self.tokens[..<48].reduce(0) { $0 + $1.count + 1 }))
  }

  var memory: ByteMemory { ByteMemory(base: Self.base, bytes: bytes) }

  /// Printable characters stand for themselves; what is left stands for frequent pairs and more.
  static let tokens: [[UInt8]] = (0..<256).map { code in
    if (0x21...0x7e).contains(code) { return [UInt8(code)] }
    let letters = Array("abcdefghijklmnopqrstuvwxyz_".utf8)
    return [letters[code % 27], letters[code / 27 % 27], letters[code * 7 % 27]].prefix(2 + code % 2).map {
      $0
    }
  }

  init(_ style: Style, symbols: [Symbol]) {
    self.style = style
    self.symbols = symbols
    // Code comes before the tables.
    bytes = [UInt8](repeating: 0xcc, count: 64 << 10)
    if style.order == .addressesFirst { writeAddresses() }
    label("num_syms")
    number(UInt64(symbols.count), 4)
    label("names")
    var markers: [UInt64] = []
    let names = UInt64(bytes.count)
    for (index, symbol) in symbols.enumerated() {
      if index % 256 == 0 { markers.append(UInt64(bytes.count) - names) }
      let codes = Self.compress(Array("\(symbol.type)\(symbol.name)".utf8))
      if style.hasLongLengths, codes.count > 127 {
        bytes += [UInt8(codes.count & 0x7f | 0x80), UInt8(codes.count >> 7)]
      } else {
        bytes.append(UInt8(codes.count))
      }
      bytes += codes
    }
    label("markers")
    for marker in markers { number(marker, style.markerBytes) }
    if style.hasSequences {
      label("seqs_of_names")
      for index in symbols.indices {
        bytes += [UInt8(index >> 16 & 255), UInt8(index >> 8 & 255), UInt8(index & 255)]
      }
    }
    label("token_table")
    var offsets: [UInt64] = []
    let table = UInt64(bytes.count)
    for token in Self.tokens {
      offsets.append(UInt64(bytes.count) - table)
      bytes += token + [0]
    }
    label("token_index")
    for offset in offsets { number(offset, 2) }
    if style.order == .addressesLast { writeAddresses() }
    bytes += [UInt8](repeating: 0xcc, count: 64 << 10)
  }

  private mutating func writeAddresses() {
    label("addresses")
    let base = symbols.first { $0.address >= 1 << 30 }?.address ?? 0
    for symbol in symbols {
      let here = Self.base + UInt64(bytes.count)
      switch style.encoding {
      case .absolute: number(symbol.address, style.word)
      case .relativeToBase: number(symbol.address - base, 4)
      case .relativeToBasePerCPU:
        number(symbol.address < base ? symbol.address : base &- 1 &- symbol.address, 4)
      case .relativeToPlace: number(symbol.address &- style.imageOffset &- here, 4)
      }
    }
    if style.encoding == .relativeToBase || style.encoding == .relativeToBasePerCPU {
      label("relative_base")
      number(base, style.word)
    }
  }

  private mutating func label(_ name: String) {
    while bytes.count % style.alignment != 0 { bytes.append(0) }
    labels[name] = Self.base + UInt64(bytes.count)
  }

  private mutating func number(_ value: UInt64, _ byteCount: Int) {
    for byte in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))) }
  }

  private static func compress(_ name: [UInt8]) -> [UInt8] {
    var codes: [UInt8] = []
    var place = 0
    while place < name.count {
      let rest = name[place...]
      let code = (0..<256).first { tokens[$0].count > 1 && rest.starts(with: tokens[$0]) } ?? Int(name[place])
      codes.append(UInt8(code))
      place += tokens[code].count
    }
    return codes
  }
}
