/// One access to memory, as a trace tells it.
@frozen
public struct TraceRecord: Hashable, Sendable, BitwiseCopyable {
  /// What was done at the address.
  @frozen
  public enum Kind: UInt8, Hashable, Sendable, BitwiseCopyable, CaseIterable {
    case fetch
    case read
    case write
  }

  /// The most bytes that one access may have: more than any instruction of the known traces moves.
  public static let byteCountLimit = 2047

  public var address: UInt64
  /// 1 to ``byteCountLimit``; 1 where the trace does not tell.
  public var byteCount: UInt16
  public var kind: Kind

  @inlinable
  public init(address: UInt64, byteCount: UInt16, kind: Kind) {
    self.address = address
    self.byteCount = byteCount
    self.kind = kind
  }
}
