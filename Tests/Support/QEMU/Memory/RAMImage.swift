/// The physical memory of a machine that has nothing else: RAM from address 0, mostly zero.
public struct RAMImage: Sendable {
  /// How much RAM there is. Sparse, so a TiB costs nothing.
  public var sizeBytes: UInt64

  /// Where the oracle may place its own code, tables and lists: 4 MiB that no table and no leaf which
  /// will be asked for lies in, aligned to 4 MiB.
  public var scratchAddress: UInt64

  /// What is not zero, in the order it is written.
  public private(set) var chunks: [(physicalAddress: UInt64, bytes: [UInt8])] = []

  /// How much an oracle uses at ``scratchAddress``.
  public static let scratchSizeBytes: UInt64 = 4 << 20

  /// An image of zeros.
  ///
  /// - Parameters:
  ///   - sizeBytes: how much RAM; rounded up to MiB.
  ///   - scratchAddress: see ``scratchAddress``; by default the last 4 MiB.
  public init(sizeBytes: UInt64, scratchAddress: UInt64? = nil) {
    self.sizeBytes = (sizeBytes + 0xf_ffff) & ~0xf_ffff
    self.scratchAddress =
      scratchAddress ?? (self.sizeBytes - Self.scratchSizeBytes) & ~(Self.scratchSizeBytes - 1)
  }

  /// Puts bytes at an address.
  public mutating func write(_ bytes: [UInt8], at physicalAddress: UInt64) {
    chunks.append((physicalAddress, bytes))
  }

  /// Puts one little-endian integer, say an entry of a table, at an address.
  public mutating func write<Integer: FixedWidthInteger>(_ value: Integer, at physicalAddress: UInt64) {
    write([UInt8](littleEndian: [value]), at: physicalAddress)
  }
}
