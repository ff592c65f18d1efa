/// Where an entry (or a root register) keeps the bits of a physical address: up to three runs of bits,
/// each moved to its place. One run is the rule; PSE-36, supersections and the 52-bit formats need more.
@frozen
public struct AddressLayout: HasFiller {
  /// One run: `bitCount` bits from `lowBit` of the entry become the address bits from `addressLowBit`.
  @frozen
  public struct Run: BitwiseCopyable, Sendable {
    public var lowBit: UInt8
    public var bitCount: UInt8
    public var addressLowBit: UInt8

    public init(bits: ClosedRange<UInt8>, to addressLowBit: UInt8) {
      self.lowBit = bits.lowerBound
      self.bitCount = bits.upperBound &- bits.lowerBound &+ 1
      self.addressLowBit = addressLowBit
    }

    static var none: Run {
      var run = Run(bits: 0...0, to: 0)
      run.bitCount = 0
      return run
    }

    @inlinable var mask: UInt64 { bitCount >= 64 ? .max : (1 &<< UInt64(bitCount)) &- 1 }
    @inlinable func address(from entry: UInt64) -> UInt64 {
      ((entry &>> UInt64(lowBit)) & mask) &<< UInt64(addressLowBit)
    }
    @inlinable func entryBits(of address: UInt64) -> UInt64 {
      ((address &>> UInt64(addressLowBit)) & mask) &<< UInt64(lowBit)
    }
  }

  public var first: Run
  public var second: Run
  public var third: Run

  public init(_ first: Run, _ second: Run? = nil, _ third: Run? = nil) {
    self.first = first
    self.second = second ?? .none
    self.third = third ?? .none
  }

  /// One run whose bits keep their place: `entry[high:low]` is `address[high:low]`.
  public static func inPlace(_ bits: ClosedRange<UInt8>) -> AddressLayout {
    AddressLayout(Run(bits: bits, to: bits.lowerBound))
  }

  public static var filler: AddressLayout { AddressLayout(.none) }

  /// The physical address that `entry` holds.
  @inlinable public func address(from entry: UInt64) -> PhysicalAddress {
    PhysicalAddress(first.address(from: entry) | second.address(from: entry) | third.address(from: entry))
  }

  /// The entry bits that hold `address`; bits of the address that have no place are dropped
  /// (compare with ``addressMask``).
  @inlinable public func entryBits(of address: PhysicalAddress) -> UInt64 {
    first.entryBits(of: address.rawValue) | second.entryBits(of: address.rawValue)
      | third.entryBits(of: address.rawValue)
  }

  /// The entry bits that belong to the address.
  @inlinable public var entryMask: UInt64 { entryBits(of: PhysicalAddress(.max)) }
  /// The address bits that an entry can hold.
  @inlinable public var addressMask: UInt64 { address(from: .max).rawValue }
}
