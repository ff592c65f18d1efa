import PageTables

/// Reads AVML's compressed format, version 2: records whose data is a stream in Snappy's framing format,
/// followed by the stream's length in 8 bytes. Blocks of 16 MiB that are all zero have no record.
struct AVMLReader {
  let source: AVMLPages
  private(set) var facts = ImageFacts()

  /// More records than this are refused.
  static let recordLimit = 1 << 22
  /// AVML cuts ranges into blocks of this size, and leaves out those that are zero.
  static let blockBytes: UInt64 = 16 << 20

  init(_ contents: FileContents, memoryMap: MemoryMap?) throws(ImageError) {
    guard let first = RecordHeader(contents, at: 0, order: .little) else {
      throw contents.error(.truncated, at: 0, "the file ends in its first record")
    }
    guard first.version == 2, first.last >= first.start else {
      throw contents.error(
        .malformed, at: 4,
        "a record of version \(first.version) for \(hexadecimal(first.start)) to \(hexadecimal(first.last)); "
          + "expected version 2 and an end not below the start")
    }
    var records = Self.recordsFromTheEnd(contents)
    if records == nil { records = try Self.recordsFromTheStart(contents, &facts) }
    let found = records ?? []
    let gaps = Self.gaps(found, memoryMap)
    if memoryMap == nil, !gaps.isEmpty {
      let bytes = gaps.reduce(0) { $0 + ($1.upperBound - $1.lowerBound + 1) }
      facts.note(
        "\(bytes >> 20) MiB between records are taken for zero, since AVML leaves out zero blocks of 16 MiB; "
          + "the machine's /proc/iomem would tell")
    }
    source = AVMLPages(contents, records: found, zeros: gaps)
  }

  /// Follows the lengths behind the streams backwards; nil if they do not lead to the start of the file.
  ///
  /// This touches two places a record; going forwards touches one for each 64 KiB of memory.
  private static func recordsFromTheEnd(_ contents: FileContents) -> [AVMLRecord]? {
    var records: [AVMLRecord] = []
    var end = contents.count
    while end > 0 {
      guard end >= RecordHeader.sizeBytes + 8, records.count < recordLimit,
        let length = contents.load(UInt64.self, at: end - 8, .little),
        length <= end - 8 - RecordHeader.sizeBytes,
        let header = RecordHeader(contents, at: end - 8 - length - RecordHeader.sizeBytes, order: .little),
        header.magic == RecordHeader.avml, header.version == 2, header.last >= header.start
      else { return nil }
      records.append(
        AVMLRecord(start: header.start, last: header.last, stream: end - 8 - length, limit: end - 8))
      end -= 8 + length + RecordHeader.sizeBytes
    }
    return records.reversed()
  }

  private static func recordsFromTheStart(
    _ contents: FileContents, _ facts: inout ImageFacts
  ) throws(ImageError) -> [AVMLRecord] {
    var records: [AVMLRecord] = []
    var place: UInt64 = 0
    facts.isIncomplete = true
    while place < contents.count {
      guard records.count < recordLimit else {
        throw contents.error(.limit, at: place, "more than \(recordLimit) records")
      }
      guard let header = RecordHeader(contents, at: place, order: .little), header.magic == RecordHeader.avml,
        header.version == 2, header.last >= header.start
      else {
        facts.note("there is no whole record where one should be, at \(hexadecimal(place))")
        return records
      }
      let record = AVMLRecord(
        start: header.start, last: header.last, stream: place + RecordHeader.sizeBytes,
        limit: contents.count)
      records.append(record)
      let end = record.scan(contents)
      if let fault = end.fault {
        facts.note(
          "the record for \(hexadecimal(header.start)) is \(fault) at \(hexadecimal(end.next)); "
            + "what follows it is lost")
        return records
      }
      // The length of the stream follows it.
      place = end.next + 8
    }
    facts.note("the lengths behind the records do not fit them")
    return records
  }

  /// Where zero blocks were left out: what RAM of the map no record has; without a map, whole blocks between
  /// two records of which the first is a whole block, because a range's last block is seldom one.
  private static func gaps(_ records: [AVMLRecord], _ map: MemoryMap?) -> [ClosedRange<UInt64>] {
    if let map { return map.ranges }
    let sorted = records.sorted { $0.start < $1.start }
    var gaps: [ClosedRange<UInt64>] = []
    for (left, right) in zip(sorted, sorted.dropFirst()) where right.start > left.last {
      let gap = right.start - left.last - 1
      if gap > 0, gap % blockBytes == 0, left.last - left.start + 1 == blockBytes {
        gaps.append((left.last + 1)...(right.start - 1))
      }
    }
    return gaps
  }
}
