import PageTables

/// Decodes ChampSim's trace records (`input_instr` in inc/trace_instruction.h), of 64 bytes each, little-endian:
///
/// | offset | what |
/// |---|---|
/// | 0 | address of the instruction |
/// | 8, 9 | is it a branch, was it taken: 0 or 1 |
/// | 10 | 2 + 4 registers |
/// | 16 | 2 addresses written, 0 for none |
/// | 32 | 4 addresses read, 0 for none |
///
/// Sizes are not recorded: each access counts as one byte. An instruction is fetched, reads, and then writes.
enum ChampSimDecoder {
  private static let recordByteCount = 64
  /// The most records of ours that one of ChampSim's gives.
  private static let most = 7

  static func recognizes(_ bytes: RawSpan) -> Bool {
    let count = min(bytes.byteCount / recordByteCount, 64)
    guard count > 0, bytes.entry(atByteOffset: 0, byteCount: 8, order: .little) != 0 else { return false }
    return (0..<count).allSatisfy { hasFlags(bytes, at: $0 * recordByteCount) }
  }

  private static func hasFlags(_ bytes: RawSpan, at offset: Int) -> Bool {
    let word = bytes.entry(atByteOffset: offset + 8, byteCount: 8, order: .little) ?? .max
    return word & 0xfefe == 0
  }

  static func decode(
    _ input: inout TraceInput, into records: inout MutableSpan<TraceRecord>
  ) throws(TraceError) -> TraceCounts {
    guard try input.require(recordByteCount) else {
      guard input.available > 0 else { return TraceCounts() }
      throw TraceError(
        input.name, .offset(input.offset),
        "the last record has \(input.available) bytes of 64: the trace is cut off")
    }
    let limit = records.count - most
    var counts = TraceCounts()
    let (used, isSound) = input.withBytes { bytes in
      var count = 0
      var reads = 0
      var offset = 0
      let last = bytes.byteCount - recordByteCount
      while count <= limit, offset <= last {
        guard hasFlags(bytes, at: offset) else { break }
        records[count] = TraceRecord(address: bytes.word(offset), byteCount: 1, kind: .fetch)
        count &+= 1
        let before = count
        for place in 0..<4 {
          append(bytes.word(offset &+ 32 &+ place &* 8), .read, to: &records, &count)
        }
        reads &+= count &- before
        for place in 0..<2 {
          append(bytes.word(offset &+ 16 &+ place &* 8), .write, to: &records, &count)
        }
        offset &+= recordByteCount
      }
      counts.fetches = UInt64(offset / recordByteCount)
      counts.reads = UInt64(reads)
      counts.writes = UInt64(count) - counts.fetches - counts.reads
      return (offset, count > limit || offset > last)
    }
    input.advance(used)
    guard isSound || counts.total > 0 else {
      throw TraceError(
        input.name, .offset(input.offset + 8), "the branch flags of this record are not 0 or 1",
        advice: "is this one of ChampSim's traces of 64-byte records?")
    }
    return counts
  }

  /// Writes the record in any case, and counts it if there is one: cheaper than a branch that is hard to
  /// foretell.
  @inline(__always)
  private static func append(
    _ address: UInt64, _ kind: TraceRecord.Kind, to records: inout MutableSpan<TraceRecord>,
    _ count: inout Int
  ) {
    records[count] = TraceRecord(address: address, byteCount: 1, kind: kind)
    count &+= address == 0 ? 0 : 1
  }
}
