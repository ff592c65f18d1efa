/// A named run of bits in an entry.
@frozen
public struct BitField: HasFiller {
  /// What a field is for; views group and colour by it, the walker ignores what software may change.
  @frozen
  public enum Meaning: UInt8, Sendable, BitwiseCopyable {
    case present, writable, user, executable, accessed, dirty, global, memoryType, leaf, software, other
  }

  /// The manual's or Linux's name, as it is printed: `RW`, `nG`, `soft-dirty`.
  public var name: StaticString
  public var lowBit: UInt8
  public var bitCount: UInt8
  public var meaning: Meaning

  public init(name: StaticString, lowBit: UInt8, bitCount: UInt8, meaning: Meaning) {
    self.name = name
    self.lowBit = lowBit
    self.bitCount = bitCount
    self.meaning = meaning
  }

  /// A field of one bit.
  public static func flag(_ name: StaticString, bit: UInt8, _ meaning: Meaning = .other) -> BitField {
    BitField(name: name, lowBit: bit, bitCount: 1, meaning: meaning)
  }

  /// A field of several bits, printed as `name=value`.
  public static func field(
    _ name: StaticString, bits: ClosedRange<UInt8>, _ meaning: Meaning = .other
  ) -> BitField {
    BitField(
      name: name, lowBit: bits.lowerBound, bitCount: bits.upperBound &- bits.lowerBound &+ 1, meaning: meaning
    )
  }

  public static var filler: BitField { BitField(name: "", lowBit: 0, bitCount: 0, meaning: .other) }

  /// The field's bits in place.
  @inlinable public var mask: UInt64 {
    bitCount >= 64 ? .max : ((1 &<< UInt64(bitCount)) &- 1) &<< UInt64(lowBit)
  }

  /// The field's value in `entry`, shifted down.
  @inlinable public func value(in entry: UInt64) -> UInt64 { (entry & mask) &>> UInt64(lowBit) }
}
