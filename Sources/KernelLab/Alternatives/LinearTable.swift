/// A linear page table: an entry for every page that an address can name, mapped or not, for each process.
public struct LinearTable: Hashable, Sendable {
  public let entryCount: UInt64
  public let byteCount: UInt64

  /// - Throws: ``TableSizeError/tooLarge(_:)`` if the bytes cannot be counted in 64 bits.
  public init(_ shape: PagingShape) throws(TableSizeError) {
    let size = UInt64(shape.lastLevel.entryByteCount)
    entryCount = 1 << UInt64(shape.addressBits - shape.pageSizeBits)
    byteCount = try entryCount.times(size, "a linear table's bytes")
  }
}

extension UInt64 {
  /// The product, or an error that says what is too large.
  func times(_ factor: UInt64, _ what: String) throws(TableSizeError) -> UInt64 {
    let (product, overflows) = multipliedReportingOverflow(by: factor)
    guard !overflows else { throw .tooLarge(what) }
    return product
  }

  /// The sum, or an error that says what is too large.
  func plus(_ summand: UInt64, _ what: String) throws(TableSizeError) -> UInt64 {
    let (sum, overflows) = addingReportingOverflow(summand)
    guard !overflows else { throw .tooLarge(what) }
    return sum
  }

  /// The quotient, rounded up.
  func dividedUp(by divisor: UInt64) -> UInt64 { self / divisor + (self % divisor == 0 ? 0 : 1) }
}
