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
  ) throws(TraceError) -> Int {
    if isFinished { return 0 }
    let head = CompactLayout.blockHeadByteCount
    guard try input.require(head) else { throw cutOff(input) }
    let word = input.withBytes { $0.word(0) }
    let count = Int(word & 0xffff_ffff)
    let deltaByteCount = Int(word >> 32)
    if count == 0 {
      try readEnd(&input, byteCount: deltaByteCount)
      return 0
    }
    guard count <= CompactLayout.blockRecordLimit, deltaByteCount <= count * 8 else {
      throw TraceError(
        input.name, .offset(input.offset),
        "a block of \(count) records and \(deltaByteCount) bytes of deltas; there are at most "
          + "\(CompactLayout.blockRecordLimit) records, of 8 bytes each")
    }
    let byteCount = head + count * 2 + deltaByteCount
    guard try input.require(byteCount) else { throw cutOff(input) }
    let isSound = input.withBytes { bytes in
      decodeBlock(bytes.extracting(head..<byteCount), count: count, into: &records)
    }
    guard isSound else { throw input.withBytes { fault($0, count, byteCount, input) } }
    // Read once more, while it is in the cache.
    counts.add(records.span.extracting(0..<count))
    input.advance(byteCount)
    return count
  }

  /// Decodes a block that is there in full: control words, then deltas.
  ///
  /// - Returns: whether kinds, sizes and addresses are sound, and the deltas end where the block does.
  private func decodeBlock(
    _ block: RawSpan, count: Int, into records: inout MutableSpan<TraceRecord>
  ) -> Bool {
    var ends = InlineArray<4, UInt64>(repeating: 0)
    var delta = count * 2
    var allAddresses: UInt64 = 0
    var isSound = true
    for index in 0..<count {
      let control = block.controlWord(index)
      let kind = control & 3
      let length = CompactLayout.length(ofCode: control >> 2 & 7)
      let byteCount = control >> 5
      let raw = block.paddedWord(delta) & (length == 0 ? 0 : UInt64.max &>> (64 &- 8 &* length))
      delta &+= Int(length)
      let address = ends[Int(kind)] &+ (raw >> 1 ^ (0 &- (raw & 1)))
      ends[Int(kind)] = address &+ byteCount
      allAddresses |= address
      isSound = isSound && kind != 3 && byteCount != 0
      records[index] = TraceRecord(
        address: address, byteCount: UInt16(truncatingIfNeeded: byteCount),
        kind: TraceRecord.Kind(rawValue: UInt8(truncatingIfNeeded: kind)) ?? .fetch)
    }
    return isSound && delta == block.byteCount
      && (addressBits == 64 || allAddresses >> UInt64(addressBits) == 0)
  }

  /// What is wrong in a block that is not sound, record by record.
  private func fault(
    _ bytes: RawSpan, _ count: Int, _ byteCount: Int, _ input: borrowing TraceInput
  ) -> TraceError {
    let block = bytes.extracting(CompactLayout.blockHeadByteCount..<byteCount)
    var deltaByteCount = 0
    for index in 0..<count {
      let control = block.controlWord(index)
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

extension RawSpan {
  /// The control word of a record.
  @inline(__always)
  fileprivate func controlWord(_ index: Int) -> UInt64 { paddedWord(index &* 2) & 0xffff }
}
