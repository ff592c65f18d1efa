import PageTables

/// A bitmap in a file with one bit a frame, lowest bit first, and how many bits are set before each block of
/// it.
final class FrameBitmap: Sendable {
  private let contents: FileContents
  private let start: UInt64
  /// How many frames it describes.
  let count: UInt64
  /// For every 1024 frames the count of set bits before them: 8 bytes for 4 MiB of memory in 4 KiB pages.
  private let before: [UInt64]

  private static let blockBytes: UInt64 = 128

  /// Counts the bits once, if `ranks` are wanted. The bytes were checked to be in the file.
  init(_ contents: FileContents, at start: UInt64, count: UInt64, ranks: Bool) {
    self.contents = contents
    self.start = start
    self.count = count
    guard ranks else {
      before = []
      return
    }
    var before: [UInt64] = []
    before.reserveCapacity(Int(count / 1024 + 1))
    var sum: UInt64 = 0
    var place: UInt64 = 0
    let bytes = (count + 7) / 8
    while place < bytes {
      before.append(sum)
      let block = min(Self.blockBytes, bytes - place)
      sum += contents.withBytes(at: start + place, count: Int(block)) { Self.ones($0) } ?? 0
      place += block
    }
    self.before = before
  }

  /// How many bits are set.
  private static func ones(_ bytes: RawSpan) -> UInt64 {
    var sum = 0
    var place = 0
    while let word = bytes.entry(atByteOffset: place, byteCount: 8, order: .little) {
      sum += word.nonzeroBitCount
      place += 8
    }
    while place < bytes.byteCount {
      // Sound: `place` is below the count, and every bit pattern is a byte.
      sum += unsafe bytes.unsafeLoad(fromUncheckedByteOffset: place, as: UInt8.self).nonzeroBitCount
      place += 1
    }
    return UInt64(sum)
  }

  /// Whether the frame's bit is set; false beyond the end.
  func contains(_ frame: UInt64) -> Bool {
    guard frame < count, let byte = contents.load(UInt8.self, at: start + frame / 8, .little) else {
      return false
    }
    return byte >> (frame % 8) & 1 == 1
  }

  /// How many bits are set below that of `frame`.
  func rank(of frame: UInt64) -> UInt64 {
    let frame = min(frame, count)
    let block = min(Int(frame / 1024), before.count - 1)
    guard block >= 0 else { return 0 }
    let from = UInt64(block) * Self.blockBytes
    let whole = frame / 8 - from
    var sum = before[block]
    if whole > 0 { sum += contents.withBytes(at: start + from, count: Int(whole)) { Self.ones($0) } ?? 0 }
    if frame % 8 > 0, let byte = contents.load(UInt8.self, at: start + frame / 8, .little) {
      sum += UInt64((byte & (1 << (frame % 8) - 1)).nonzeroBitCount)
    }
    return sum
  }

  /// The 64 bits from that of `frame` (a multiple of 64) on; zeros beyond the end.
  func word(from frame: UInt64) -> UInt64 {
    guard frame < count else { return 0 }
    let left = count - frame
    let mask: UInt64 = left >= 64 ? .max : (1 << left) - 1
    if let word = contents.load(UInt64.self, at: start + frame / 8, .little) { return word & mask }
    var word: UInt64 = 0
    for byte in 0..<min(8, (left + 7) / 8) {
      word |= UInt64(contents.load(UInt8.self, at: start + frame / 8 + byte, .little) ?? 0) << (byte * 8)
    }
    return word & mask
  }
}
