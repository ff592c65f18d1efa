import PageTables

/// Finds and decodes the chunks of an AVML image.
struct AVMLPages: PageSource {
  private let contents: FileContents
  private let records: [AVMLRecord]
  /// Who has what, ascending; a payload beyond the records stands for zeros.
  private let runs: [Claim]

  var largestPageBytes: Int { Int(SnappyFrames.chunkLimitBytes) }

  init(_ contents: FileContents, records: [AVMLRecord], zeros: [ClosedRange<UInt64>]) {
    self.contents = contents
    self.records = records
    var claims: [Claim] = []
    for (index, record) in records.enumerated() {
      claims.append(Claim(start: record.start, last: record.last, priority: 1, payload: index))
    }
    for (index, range) in zeros.enumerated() {
      claims.append(
        Claim(start: range.lowerBound, last: range.upperBound, priority: 0, payload: records.count + index))
    }
    runs = Claim.settle(claims)
  }

  private func run(from address: UInt64) -> Claim? {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].last < address { low = middle + 1 } else { high = middle }
    }
    return low < runs.count ? runs[low] : nil
  }

  func firstRun(from address: UInt64) -> MemoryRun? {
    run(from: address).map {
      MemoryRun(
        start: max($0.start, address), last: $0.last, state: $0.payload < records.count ? .present : .zero)
    }
  }

  func locate(_ address: UInt64) -> PageLocation {
    guard let run = run(from: address), run.start <= address else { return .fault(.outsideRAM) }
    guard run.payload < records.count else { return .zero(last: run.last) }
    let record = records[run.payload]
    do throws(MemoryFault) {
      let (chunk, start) = try record.chunk(at: address - record.start, contents)
      guard contents.has(UInt64(chunk.storedBytes), at: chunk.offset) else { return .fault(.truncated) }
      let page = StoredPage(
        part: 0, offset: chunk.offset, storedBytes: chunk.storedBytes, sizeBytes: chunk.sizeBytes,
        encoding: chunk.isCompressed ? 1 : 0)
      // The stream may hold more than the record says it does, and another record may have what follows.
      let first = record.start + start
      return .stored(page, start: first, last: first + min(run.last - first, UInt64(chunk.sizeBytes) - 1))
    } catch {
      return .fault(error)
    }
  }

  func decode(_ page: StoredPage) throws(MemoryFault) -> CachedPage {
    try CachedPage(sizeBytes: Int(page.sizeBytes)) { output in
      contents.withBytes(at: page.offset, count: Int(page.storedBytes)) { input in
        page.encoding == 1 ? Snappy.decode(input, into: output) : Uncompressed.decode(input, into: output)
      } ?? false
    }
  }
}
