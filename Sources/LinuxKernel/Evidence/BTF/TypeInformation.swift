/// A kernel's own description of its types: BTF (Linux, Documentation/bpf/btf.rst), little-endian.
///
/// It answers where members lie. Everything was checked when it was made: each type is of a known kind, ends
/// where the next one begins, and refers to types and strings that exist.
public struct TypeInformation: Sendable {
  /// Types, then strings; offsets below count from the beginning of either.
  let bytes: [UInt8]
  let typeByteCount: Int
  let stringStart: Int
  let stringByteCount: Int
  /// Where each type begins; number 0 is `void` and has no place.
  let places: [UInt32]
  /// The named types that can be asked for: a hash of the name, and the type's number.
  let definitions: [(hash: UInt32, type: UInt32)]
  /// The enumerations' numbers.
  let enumerations: [UInt32]

  /// How many types there are.
  public var count: Int { places.count - 1 }

  /// One type, decoded as far as all kinds are alike.
  struct Header {
    var kind: BTFKind
    /// Where the type begins, in ``bytes``.
    var place: Int
    var name: Int
    /// How many members, values or parameters it has.
    var memberCount: Int
    /// What the kind makes of it; for structures: members tell their bit-field's size.
    var flag: Bool
    /// A size in bytes or a type's number.
    var third: Int
  }

  func header(_ type: Int) -> Header? {
    guard type > 0, type < places.count else { return nil }
    let place = Int(places[type])
    let info = word(place + 4)
    guard let kind = BTFKind(rawValue: UInt8(truncatingIfNeeded: info >> 24 & 0x7f)) else { return nil }
    return Header(
      kind: kind, place: place, name: Int(word(place)), memberCount: Int(info & 0xff_ffff),
      flag: info >> 31 == 1, third: Int(word(place + 8)))
  }

  /// The 32-bit number at `place`, which is inside.
  func word(_ place: Int) -> UInt32 { bytes.littleEndian32(at: place) }

  /// The bytes of the string at `offset`, without the zero; the last string ends in one.
  func string(_ offset: Int) -> ArraySlice<UInt8> {
    let start = stringStart + offset
    var end = start
    while bytes[end] != 0 { end += 1 }
    return bytes[start..<end]
  }

  /// Whether the string at `offset` is `name`, of which no byte is zero.
  func string(_ offset: Int, is name: [UInt8]) -> Bool {
    let start = stringStart + offset
    guard name.count < stringByteCount - offset, bytes[start + name.count] == 0 else { return false }
    for index in name.indices where bytes[start + index] != name[index] { return false }
    return true
  }
}

extension [UInt8] {
  /// The little-endian 32-bit number at `place`, which is inside.
  @inline(__always)
  func littleEndian32(at place: Int) -> UInt32 {
    UInt32(self[place]) | UInt32(self[place + 1]) << 8 | UInt32(self[place + 2]) << 16
      | UInt32(self[place + 3]) << 24
  }
}
