import PageTables

/// The compact form of a trace. All numbers are little-endian.
///
/// | offset | bytes | the head |
/// |---|---|---|
/// | 0 | 8 | 89 and `PWTRACE` |
/// | 8 | 2 | version: 1 |
/// | 10 | 1 | how many bits an address has at most: 1 to 64 |
/// | 11 | 5 | zero |
///
/// Blocks follow. Each stands for itself, and has at most 4096 records:
///
/// | bytes | a block |
/// |---|---|
/// | 4 | n, the number of records |
/// | 4 | m, the bytes of deltas |
/// | 2 n | a control word for each record |
/// | m | deltas |
///
/// A control word is kind (bits 0 and 1: fetch, read, write), the length of the delta (bits 2 to 4: 0 to 6 for as
/// many bytes, 7 for eight) and the size of the access (bits 5 to 15). A delta is the difference to where the
/// last access of this kind in the block ended (to 0 for the first), its sign in the lowest bit. The decoder thus
/// knows all lengths beforehand, and has nothing to decide from record to record.
///
/// The last block has no records, and 24 bytes: the numbers of fetches, reads and writes of the whole trace. Nothing
/// follows it, so that a trace that was cut off is seen as one.
enum CompactLayout {
  static let magic: UInt64 = 0x4543_4152_5457_5089
  static let version: UInt64 = 1
  static let headByteCount = 16
  static let blockHeadByteCount = 8
  static let blockRecordLimit = TraceBatch.capacity
  /// The most bytes that a block can have.
  static let blockByteLimit = blockHeadByteCount + blockRecordLimit * (2 + 8)
  static let endByteCount = 24

  static func hasMagic(_ bytes: RawSpan) -> Bool { bytes.word(0) == magic }

  /// The length that a code of three bits means, in bytes.
  @inline(__always)
  static func length(ofCode code: UInt64) -> UInt64 { code &+ (code &+ 1) >> 3 }

  /// The code of the shortest length that holds `delta`.
  static func code(for delta: UInt64) -> UInt64 {
    let bytes = UInt64((64 - delta.leadingZeroBitCount + 7) / 8)
    return min(bytes, 7)
  }
}
