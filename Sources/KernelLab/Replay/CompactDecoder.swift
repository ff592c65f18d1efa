import PageTables

/// Decodes the compact form; ``CompactLayout`` describes it.
///
/// A block is decoded whole into one batch, and checked as a whole: its parts are given only if all is sound.
struct CompactDecoder: Sendable {
  private(set) var addressBits = 64
  private var counts = TraceCounts()
  private var isFinished = false

  mutating func readHeader(_ input: inout TraceInput) throws(TraceError) {
    guard try input.require(CompactLayout.headByteCount) else {
      throw TraceError(input.name, .offset(0), "the trace is cut off in its head")
    }
    let word = input.withBytes { $0.word(8) }
    guard word & 0xffff == CompactLayout.version else {
      throw TraceError(
        input.name, .offset(8), "version \(word & 0xffff) of the compact form; this program reads version 1")
    }
    let bits = word >> 16 & 0xff
    guard (1...64).contains(bits) else {
      throw TraceError(input.name, .offset(10), "addresses of \(bits) bits; there must be 1 to 64")
    }
    guard word >> 24 == 0 else {
      throw TraceError(input.name, .offset(11), "the rest of the head is not zero")
    }
    addressBits = Int(bits)
    input.advance(CompactLayout.headByteCount)
  }

  mutating func decode(
    _ input: inout TraceInput, into records: inout MutableSpan<TraceRecord>
  ) throws(TraceError) -> TraceCounts {
    if isFinished { return TraceCounts() }
    let head = CompactLayout.blockHeadByteCount
    guard try input.require(head) else { throw cutOff(input) }
    let word = input.withBytes { $0.word(0) }
    let count = Int(word & 0xffff_ffff)
    let deltaByteCount = Int(word >> 32)
    if count == 0 {
      try readEnd(&input, byteCount: deltaByteCount)
      return TraceCounts()
    }
    guard count <= CompactLayout.blockRecordLimit, deltaByteCount <= count * 8 else {
      throw TraceError(
        input.name, .offset(input.offset),
        "a block of \(count) records and \(deltaByteCount) bytes of deltas; there are at most "
          + "\(CompactLayout.blockRecordLimit) records, of 8 bytes each")
    }
    let byteCount = head + count * 2 + deltaByteCount
    // At least a head follows every block, so that each delta may be read as a whole word.
    guard try input.require(byteCount + head) else { throw cutOff(input) }
    let found = input.withBytes { bytes in
      decodeBlock(
        bytes.extracting(head..<byteCount + head), count: count, deltaByteCount: deltaByteCount,
        into: &records)
    }
    guard let found else { throw input.withBytes { fault($0, count, byteCount, input) } }
    counts.add(found)
    input.advance(byteCount)
    return found
  }

  /// Decodes a block that is there in full, with eight bytes behind it: control words, then deltas. Nothing is
  /// decided from record to record.
  ///
  /// - Returns: what the block has of each kind; nil if kinds, sizes or addresses are not sound, or the deltas do
  ///   not end where the block does.
  private func decodeBlock(
    _ block: RawSpan, count: Int, deltaByteCount: Int, into records: inout MutableSpan<TraceRecord>
  ) -> TraceCounts? {
    var ends = InlineArray<4, UInt64>(repeating: 0)
    var delta = count &* 2
    var allAddresses: UInt64 = 0
    var faults: UInt64 = 0
    var reads: UInt64 = 0
    var writes: UInt64 = 0
    for index in 0..<count {
      let control = block.word(index &* 2) & 0xffff
      let kind = control & 3
      let length = CompactLayout.length(ofCode: control >> 2 & 7)
      let byteCount = control >> 5
      // Shifted in two steps, because eight bytes at once would be a shift by nothing.
      let excess = (UInt64.max &<< (4 &* length)) &<< (4 &* length)
      let raw = block.word(delta) & ~excess
      delta &+= Int(truncatingIfNeeded: length)
      let address = ends[Int(truncatingIfNeeded: kind)] &+ (raw >> 1 ^ (0 &- (raw & 1)))
      ends[Int(truncatingIfNeeded: kind)] = address &+ byteCount
      allAddresses |= address
      // The highest bit for a size of zero, the lowest for the fourth kind.
      faults |= (byteCount &- 1) & 1 << 63 | kind & kind >> 1
      reads &+= kind & 1
      writes &+= kind >> 1
      records[index] = TraceRecord(
        address: address, byteCount: UInt16(truncatingIfNeeded: byteCount),
        kind: TraceRecord.Kind(lowBits: kind))
    }
    guard faults == 0, delta == count * 2 + deltaByteCount,
      addressBits == 64 || allAddresses >> UInt64(addressBits) == 0
    else { return nil }
    var counts = TraceCounts()
    counts.reads = reads
    counts.writes = writes
    counts.fetches = UInt64(count) - reads - writes
    return counts
  }

  /// What is wrong in a block that is not sound, record by record.
  private func fault(
    _ bytes: RawSpan, _ count: Int, _ byteCount: Int, _ input: borrowing TraceInput
  ) -> TraceError {
    let block = bytes.extracting(CompactLayout.blockHeadByteCount..<byteCount)
    var deltaByteCount = 0
    for index in 0..<count {
      let control = (block.paddedWord(index * 2) & 0xffff)
      let place = TraceError.Place.offset(
        input.offset + UInt64(CompactLayout.blockHeadByteCount + index * 2))
      if control & 3 == 3 { return TraceError(input.name, place, "a record of no known kind") }
      if control >> 5 == 0 { return TraceError(input.name, place, "an access of no bytes") }
      deltaByteCount += Int(CompactLayout.length(ofCode: control >> 2 & 7))
    }
    guard deltaByteCount == block.byteCount - count * 2 else {
      return TraceError(
        input.name, .offset(input.offset),
        "a block whose records have \(deltaByteCount) bytes of deltas, not the \(block.byteCount - count * 2) that "
          + "its head says")
    }
    return TraceError(
      input.name, .offset(input.offset), "a block with an address of more than \(addressBits) bits")
  }

  private mutating func readEnd(_ input: inout TraceInput, byteCount: Int) throws(TraceError) {
    let head = CompactLayout.blockHeadByteCount
    guard byteCount == CompactLayout.endByteCount else {
      throw TraceError(input.name, .offset(input.offset), "a block without records that is not the last")
    }
    guard try input.require(head + byteCount) else { throw cutOff(input) }
    var told = TraceCounts()
    input.withBytes { bytes in
      told.fetches = bytes.word(head)
      told.reads = bytes.word(head + 8)
      told.writes = bytes.word(head + 16)
    }
    guard told == counts else {
      throw TraceError(
        input.name, .offset(input.offset),
        "the trace says that it has \(told.total) records, but \(counts.total) were read, or other kinds")
    }
    input.advance(head + byteCount)
    guard try !input.require(1) else {
      throw TraceError(input.name, .offset(input.offset), "something follows the end of the trace")
    }
    isFinished = true
  }

  private func cutOff(_ input: borrowing TraceInput) -> TraceError {
    TraceError(input.name, .offset(input.offset), "the trace is cut off in this block")
  }
}
