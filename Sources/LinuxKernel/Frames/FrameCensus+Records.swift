import PageTables

extension FrameCensus {
  /// Counts what the kernel's own records (`struct page`) tell of frames that no table told of: free blocks, cached
  /// pages of files, what else is in use.
  ///
  /// - Complexity: one record is read for each frame, a page of records at a time.
  public mutating func count(_ records: FrameRecords, progress: ((Double) -> Void)? = nil) {
    let bits = UInt64(frameSizeBits)
    let whole = frames
    var reader = RecordReader(records)
    var unread = 0
    var frame = whole.lowerBound
    while frame < whole.upperBound {
      defer { frame += 1 }
      if frame & 0xffff == 0 {
        progress?(Double(frame - whole.lowerBound) / Double(whole.upperBound - whole.lowerBound))
      }
      guard let kind = kind(of: frame), kind.rawValue <= Kind.free.rawValue else { continue }
      guard let record = reader.record(of: frame) else {
        unread += 1
        continue
      }
      guard let told = record.kind else { continue }
      // A free block's first frame tells of all of it.
      let count: UInt64 = told == .free ? 1 << UInt64(min(record.order, 12)) : 1
      raise(at: PhysicalAddress(frame << bits), byteCount: count << bits, to: told)
    }
    if unread > 0 { gaps.append("the records of \(unread) frames could not be read") }
  }
}

/// What one record says in short.
private struct ShortRecord {
  var kind: FrameCensus.Kind?
  var order: Int
}

/// Reads records one after the other, with the page that they lie in at hand.
private struct RecordReader {
  private let records: FrameRecords
  private let flagNumbers: [String: UInt64]
  private var page: UInt64 = 1
  private var bytes: [UInt8]?

  init(_ records: FrameRecords) {
    self.records = records
    var numbers: [String: UInt64] = [:]
    for (number, name) in records.layout.flagNames { numbers[name] = UInt64(number) }
    flagNumbers = numbers
  }

  private mutating func number(at address: UInt64, byteCount: Int) -> UInt64? {
    let offset = Int(address & 4095)
    guard offset + byteCount <= 4096 else { return nil }
    if address & ~4095 != page {
      page = address & ~4095
      bytes = records.reader.bytes(at: page, count: 4096)
    }
    return bytes?.number(at: offset, byteCount: byteCount)
  }

  mutating func record(of frame: UInt64) -> ShortRecord? {
    let layout = records.layout
    let wordByteCount = records.reader.wordByteCount
    let mask: UInt64 = wordByteCount == 4 ? 0xffff_ffff : .max
    let place = (records.base &+ frame &* UInt64(layout.byteCount)) & mask
    guard place & 3 == 0,
      let flags = number(at: place &+ UInt64(layout.flags), byteCount: wordByteCount),
      let mapped = number(at: place &+ UInt64(layout.mapCount), byteCount: 4),
      let used = number(at: place &+ UInt64(layout.referenceCount), byteCount: 4)
    else { return nil }
    let (count, type) = layout.meaning(ofMapCount: UInt32(truncatingIfNeeded: mapped))
    if type == "buddy" {
      let order = layout.order.flatMap { number(at: place &+ UInt64($0), byteCount: wordByteCount) }
      return ShortRecord(kind: .free, order: Int(min(order ?? 0, 12)))
    }
    func has(_ name: String) -> Bool { flagNumbers[name].map { flags >> $0 & 1 == 1 } ?? false }
    if count == nil || has("reserved") || has("slab") { return ShortRecord(kind: .kernel, order: 0) }
    guard Int32(truncatingIfNeeded: used) > 0 else { return ShortRecord(kind: nil, order: 0) }
    // Pages on the lists that reclaim goes through are processes' or the page cache's; those of processes the
    // tables told of.
    if has("lru") { return ShortRecord(kind: has("swapbacked") ? .shared : .file, order: 0) }
    return ShortRecord(kind: .kernel, order: 0)
  }
}
