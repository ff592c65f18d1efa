import PageTables

/// Reads LiME's format, which LEMON writes too, and AVML where it does not compress.
///
/// What no record holds is taken for "not RAM"; with a memory map of the machine, a gap inside RAM is
/// excluded.
struct LiMEReader {
  private(set) var memory = MappedMemory.empty
  var facts = ImageFacts()

  /// More records than this are refused.
  static let recordLimit = 1 << 22

  init(_ contents: FileContents, memoryMap: MemoryMap?) throws(ImageError) {
    let order: ByteOrder = contents.load(UInt32.self, at: 0, .big) == RecordHeader.lime ? .big : .little
    var builder = SegmentBuilder()
    var place: UInt64 = 0
    var records = 0
    var previous: RecordHeader?
    var doubtfulBytes: UInt64 = 0
    while place < contents.count {
      guard let header = RecordHeader(contents, at: place, order: order) else {
        guard records > 0 else {
          throw contents.error(.truncated, at: place, "the file ends in its first record")
        }
        stop("the file ends in the head of a record at \(hexadecimal(place))")
        break
      }
      guard header.magic == RecordHeader.lime, header.version == 1, header.last >= header.start,
        header.last - header.start < 1 << 62
      else {
        guard records > 0 else {
          throw contents.error(
            .malformed, at: place,
            "a record of version \(header.version) for \(hexadecimal(header.start)) to "
              + "\(hexadecimal(header.last)); expected version 1 and an end not below the start")
        }
        let isZero = header.magic == 0 && header.version == 0 && header.start == 0 && header.last == 0
        // Some writers close with an empty head.
        if !isZero { stop("there is no record where one should be, at \(hexadecimal(place))") }
        break
      }
      guard records < Self.recordLimit else {
        throw contents.error(.limit, at: place, "more than \(Self.recordLimit) records")
      }
      records += 1
      if let previous { doubtfulBytes += Self.zeroBlocks(between: previous, and: header) }
      previous = header
      let data = place + RecordHeader.sizeBytes
      if try !builder.add(header.start...header.last, in: contents, at: data) {
        stop("the file ends inside the record for \(hexadecimal(header.start))")
      }
      // The size is below 2^62 and the place inside the file.
      place = data + (header.last - header.start + 1)
    }
    if memoryMap == nil, doubtfulBytes > 0 {
      facts.note(
        "\(doubtfulBytes >> 20) MiB between records are taken for no RAM; if AVML wrote this, they are zero")
    }
    for range in memoryMap?.ranges ?? [] { builder.add(range, .excluded) }
    memory = builder.build([contents.store])
  }

  /// How much between two records may be blocks that AVML left out because they are zero: it cuts RAM into
  /// blocks of one size, LiME does not.
  private static func zeroBlocks(between left: RecordHeader, and right: RecordHeader) -> UInt64 {
    guard right.start > left.last, left.last - left.start == AVMLReader.blockBytes - 1 else { return 0 }
    let gap = right.start - left.last - 1
    // A TiB of zeros is no block that was left out; and 2^22 records times 2^40 bytes do not overflow.
    return gap % AVMLReader.blockBytes == 0 && gap <= 1 << 40 ? gap : 0
  }

  private mutating func stop(_ note: String) {
    facts.isIncomplete = true
    facts.note(note)
  }
}
