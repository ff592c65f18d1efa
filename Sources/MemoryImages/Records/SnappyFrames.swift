import PageTables

/// Steps through a stream in Snappy's framing format (framing_format.txt of google/snappy): chunks of a type,
/// a length of 3 bytes, and data, each holding at most 64 KiB. A chunk can be decoded by itself.
///
/// The checksums are not verified: a plain image has none either, and a damaged chunk seldom decompresses.
struct SnappyFrames {
  /// A chunk with data.
  struct Chunk {
    /// Where the data is, behind the checksum.
    let offset: UInt64
    let storedBytes: UInt32
    let sizeBytes: UInt32
    let isCompressed: Bool
  }

  /// What is at a place.
  enum Element {
    case chunk(Chunk, next: UInt64)
    /// Stream identifiers and padding.
    case skipped(next: UInt64)
    /// The file ends first.
    case truncated
    /// No valid chunk.
    case corrupt
  }

  /// The largest content of a chunk.
  static let chunkLimitBytes: UInt32 = 65_536

  /// Reads the head of the chunk at `place`.
  static func element(_ contents: FileContents, at place: UInt64) -> Element {
    guard let head = contents.load(UInt32.self, at: place, .little) else { return .truncated }
    let type = head & 0xff
    let length = head >> 8
    let data = place + 4
    let next = data + UInt64(length)
    switch type {
    case 0xff:
      guard let name = contents.text(at: data, count: 6) else { return .truncated }
      return length == 6 && name == "sNaPpY" ? .skipped(next: next) : .corrupt
    case 0x80...0xfe:
      return .skipped(next: next)
    case 0, 1:
      guard length > 4 else { return length == 4 && type == 1 ? .skipped(next: next) : .corrupt }
      let stored = length - 4
      var size = stored
      if type == 0 {
        // The content begins with its size, 7 bits a byte, lowest first.
        size = 0
        for index in 0..<UInt64(3) {
          guard let byte = contents.load(UInt8.self, at: data + 4 + index, .little) else { return .truncated }
          size |= UInt32(byte & 0x7f) << UInt32(7 * index)
          if byte & 0x80 == 0 { break }
          if index == 2 { return .corrupt }
        }
      }
      guard size <= chunkLimitBytes else { return .corrupt }
      guard size > 0 else { return .skipped(next: next) }
      let chunk = Chunk(offset: data + 4, storedBytes: stored, sizeBytes: size, isCompressed: type == 0)
      return .chunk(chunk, next: next)
    default:
      return .corrupt
    }
  }
}
