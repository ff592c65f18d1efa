import PageTables

/// One file of a kdump: its headers and its bitmap of dumped frames.
///
/// A part of a split set has the bitmap of the whole set but descriptors for its own frames only.
///
/// A class, because a struct of this size would be copied, and its references counted, for every page.
final class KdumpPart: Sendable {
  let contents: FileContents
  let header: KdumpHeader
  let dumped: FrameBitmap
  /// The frames whose descriptors are here.
  let frames: Range<UInt64>
  /// Whether the header says that the dump was interrupted.
  let isIncomplete: Bool
  private let firstRank: UInt64

  init(_ contents: FileContents) throws(ImageError) {
    let header = try KdumpHeader(of: contents)
    self.contents = contents
    self.header = header
    isIncomplete = header.status & 8 != 0
    dumped = FrameBitmap(contents, at: header.dumpedBitmapStart, count: header.frameCount, ranks: true)
    let part = header.part ?? 0..<header.frameCount
    frames = part.clamped(to: 0..<header.frameCount)
    firstRank = dumped.rank(of: frames.lowerBound)
  }

  /// A page descriptor: 24 bytes, one for each set bit.
  struct Descriptor {
    let offset: UInt64
    let storedBytes: UInt32
    let flags: UInt32
  }

  /// The descriptor of a frame whose bit is set; nil if the file ends before.
  func descriptor(of frame: UInt64) -> Descriptor? {
    // Both summands are below 2^53: a rank is at most the frame limit.
    let place = header.descriptorStart + (dumped.rank(of: frame) - firstRank) * 24
    return contents.withBytes(at: place, count: 16) { bytes in
      guard let offset = bytes.entry(atByteOffset: 0, byteCount: 8, order: header.order),
        let size = bytes.entry(atByteOffset: 8, byteCount: 4, order: header.order),
        let flags = bytes.entry(atByteOffset: 12, byteCount: 4, order: header.order)
      else { return nil }
      return Descriptor(
        offset: offset, storedBytes: UInt32(truncatingIfNeeded: size),
        flags: UInt32(truncatingIfNeeded: flags))
    } ?? nil
  }
}

extension KdumpPart {
  /// The descriptor of the last dumped frame of this part: nil if there is no such frame, `.some(nil)` if the
  /// file ends before it.
  var lastDescriptor: Descriptor?? {
    var frame = frames.upperBound
    while frame > frames.lowerBound {
      let base = (frame - 1) & ~63
      let kept = frame - base
      let word = dumped.word(from: base) & (kept >= 64 ? .max : (1 << kept) - 1)
      if word != 0 {
        let found = base + UInt64(63 - word.leadingZeroBitCount)
        return found < frames.lowerBound ? nil : .some(descriptor(of: found))
      }
      frame = base
    }
    return nil
  }
}
