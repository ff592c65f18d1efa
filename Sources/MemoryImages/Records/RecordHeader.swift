import PageTables

/// The head of a LiME or AVML record: 32 bytes.
///
/// | offset | size | |
/// |---|---|---|
/// | 0 | 4 | magic: 0x4C694D45 (LiME), 0x4C4D5641 (AVML) |
/// | 4 | 4 | version: 1, or 2 for AVML |
/// | 8 | 8 | first address |
/// | 16 | 8 | last address, inclusive |
/// | 24 | 8 | reserved |
struct RecordHeader {
  static let sizeBytes: UInt64 = 32
  static let lime: UInt32 = 0x4c69_4d45
  static let avml: UInt32 = 0x4c4d_5641

  let magic: UInt32
  let version: UInt32
  let start: UInt64
  let last: UInt64

  /// Reads a head; nil if the file ends before its end.
  init?(_ contents: FileContents, at place: UInt64, order: ByteOrder) {
    guard contents.has(Self.sizeBytes, at: place),
      let magic = contents.load(UInt32.self, at: place, order),
      let version = contents.load(UInt32.self, at: place + 4, order),
      let start = contents.load(UInt64.self, at: place + 8, order),
      let last = contents.load(UInt64.self, at: place + 16, order)
    else { return nil }
    self.magic = magic
    self.version = version
    self.start = start
    self.last = last
  }
}
