import PageTables

/// Finds and decodes the pages of a kdump.
///
/// | bit in the RAM bitmap | in the dumped bitmap | the frame is |
/// |---|---|---|
/// | 1 | 1 | in the file |
/// | 1 | 0 | RAM that was left out: unknown, or zero if the dump level is exactly 1 |
/// | 0 | 0 | not RAM |
final class KdumpPages: PageSource {
  let parts: [KdumpPart]
  /// The first of them, whose bitmaps are those of all.
  let first: KdumpPart
  /// Which frames are RAM; nil if the file has one bitmap only.
  let ram: FrameBitmap?
  let pageBytes: UInt64
  let frameCount: UInt64
  let leftOut: ImageRange.State

  /// Compression of a page, as its descriptor's flags say.
  private enum Encoding: UInt32 {
    case none = 0
    case zlib = 1
    case lzo = 2
    case snappy = 4
    case zstd = 0x20
    /// Every flag of the above.
    static let mask: UInt32 = 0x27
  }

  var largestPageBytes: Int { Int(pageBytes) }

  /// Takes the files of one dump, which agree in their headers.
  init(_ parts: [KdumpPart]) {
    self.parts = parts
    first = parts[0]
    let header = first.header
    pageBytes = header.blockBytes
    frameCount = header.frameCount
    ram =
      header.hasTwoBitmaps
      ? FrameBitmap(first.contents, at: header.bitmapStart, count: header.frameCount, ranks: false) : nil
    leftOut = header.dumpLevel == 1 ? .zero : .excluded
  }

  /// Bits of the dumped frames from `frame` (a multiple of 64) on.
  func dumpedWord(_ frame: UInt64) -> UInt64 { first.dumped.word(from: frame) }

  /// Bits of the RAM frames from `frame` (a multiple of 64) on.
  func ramWord(_ frame: UInt64) -> UInt64 { ram?.word(from: frame) ?? 0 }

  /// The state of a frame whose bit is set in either bitmap.
  func state(of frame: UInt64) -> ImageRange.State {
    guard first.dumped.contains(frame) else { return leftOut }
    return parts.contains { $0.frames.contains(frame) } ? .present : .truncated
  }

  /// The frame behind `frame` where another part begins or ends, or the end of all.
  func endOfPart(from frame: UInt64) -> UInt64 {
    var end = frameCount
    for part in parts {
      for border in [part.frames.lowerBound, part.frames.upperBound] where border > frame {
        end = min(end, border)
      }
    }
    return end
  }

  func locate(_ address: UInt64) -> PageLocation {
    let frame = address / pageBytes
    guard frame < frameCount else { return .fault(.outsideRAM) }
    guard first.dumped.contains(frame) else {
      // With one bitmap nobody knows whether the frame is RAM.
      guard let ram else { return .fault(.outsideRAM) }
      guard ram.contains(frame) else { return .fault(.outsideRAM) }
      return leftOut == .zero ? .zero(last: frame * pageBytes + (pageBytes - 1)) : .fault(.excluded)
    }
    var index = 0
    var part = first
    if !first.frames.contains(frame) {
      guard let other = parts.firstIndex(where: { $0.frames.contains(frame) }) else {
        return .fault(.truncated)
      }
      index = other
      part = parts[other]
    }
    guard let descriptor = part.descriptor(of: frame) else { return .fault(.truncated) }
    guard descriptor.storedBytes > 0, descriptor.offset > 0 else {
      // An interrupted dump has descriptors that were never written.
      return .fault(part.isIncomplete ? .truncated : .corrupt)
    }
    // No codec makes a page much larger than it was.
    guard UInt64(descriptor.storedBytes) <= 2 * pageBytes + 1024 else { return .fault(.corrupt) }
    let page = StoredPage(
      part: UInt16(index), offset: descriptor.offset, storedBytes: descriptor.storedBytes,
      sizeBytes: UInt32(pageBytes), encoding: descriptor.flags & Encoding.mask)
    return .stored(page, start: frame * pageBytes, last: frame * pageBytes + (pageBytes - 1))
  }

  func decode(_ page: StoredPage) throws(MemoryFault) -> CachedPage {
    guard let encoding = Encoding(rawValue: page.encoding) else { throw .corrupt }
    let contents = parts[Int(page.part)].contents
    guard contents.has(UInt64(page.storedBytes), at: page.offset) else { throw .truncated }
    return try CachedPage(sizeBytes: Int(page.sizeBytes)) { output in
      contents.withBytes(at: page.offset, count: Int(page.storedBytes)) { input in
        switch encoding {
        case .none: Uncompressed.decode(input, into: output)
        case .zlib: Zlib.decode(input, into: output)
        case .lzo: LZO.decode(input, into: output)
        case .snappy: Snappy.decode(input, into: output)
        case .zstd: Zstd.decode(input, into: output)
        }
      } ?? false
    }
  }
}
