internal import Dispatch
internal import PageTables
internal import Synchronization

/// Searches all RAM for page-table roots, without anything that a kernel says of itself.
///
/// Every page is compared with what a root of each format must look like; what passes is judged by what is
/// below it; roots whose kernel halves are copies of one another are put together.
public struct RootScan: Sendable {
  public let memory: KernelMemory
  public var shapes: [RootShape] = RootShape.linux
  /// How many threads look at pages; nil for as many as the machine has processors.
  public var threadCount: Int?
  /// How many tables are read, in all, to judge what was found. Ordinary memory needs a few thousand.
  public var tableLimit = 1 << 19

  public init(_ memory: KernelMemory) { self.memory = memory }

  /// Whether roots of `format` are looked for at all: those of the sizes that Linux can be configured with.
  static func canFind(_ format: PagingFormat) -> Bool {
    RootShape.linux.contains { key($0.format) == key(format) }
  }

  /// The first and last byte of RAM, or nil if there is none.
  var ram: ClosedRange<UInt64>? {
    memory.extent.map { $0.lowerBound.rawValue...$0.upperBound.rawValue }
  }

  /// Looks at all RAM and judges what it found.
  public func run() -> RootScanResult {
    guard let finds = candidates() else {
      return RootScanResult(formats: [], isClear: false, gaps: ["there is no RAM to look at"])
    }
    return evaluate(finds.scan, gaps: finds.gaps)
  }

  /// The first half: every page, compared. Nil if there is no RAM.
  ///
  /// - Complexity: linear in the size of RAM, over all threads. Memory: the finds.
  func candidates() -> (scan: RootCandidateScan, gaps: [String])? {
    guard let ram else { return nil }
    let empty = RootCandidateScan(shapes, ram: ram)
    let chunks = self.chunks
    let state = Mutex((scan: empty, missing: UInt64(0)))
    let next = Atomic<Int>(0)
    let workers = max(1, min(threadCount ?? ProcessorCount.active, chunks.count))
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      var scan = empty
      var missing: UInt64 = 0
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < chunks.count else { break }
        look(at: chunks[index], stepBytes: Self.chunkBytes, scan: &scan, missing: &missing)
      }
      state.withLock {
        $0.scan.merge(scan)
        $0.missing += missing
      }
    }
    var (scan, missing) = state.withLock { ($0.scan, $0.missing) }
    scan.sort()
    var gaps: [String] = []
    if missing > 0 { gaps.append("\(missing >> 10) KiB of RAM could not be read") }
    if scan.isTruncated {
      gaps.append(
        "more than \(scan.findLimit) pages look like roots of one format; the others were not judged")
    }
    return (scan, gaps)
  }

  private static let chunkBytes: UInt64 = 1 << 20

  /// RAM in pieces that begin at multiples of their size, but for the first of a range.
  private var chunks: [ClosedRange<UInt64>] {
    var chunks: [ClosedRange<UInt64>] = []
    for range in memory.ranges {
      var first = range.first.rawValue
      while first <= range.last.rawValue {
        let end = min(first | (Self.chunkBytes - 1), range.last.rawValue)
        chunks.append(first...end)
        guard end < .max else { break }
        first = end + 1
      }
    }
    return chunks
  }

  /// Looks at one chunk; what cannot be lent whole is asked for in smaller pieces, at last page by page.
  private func look(
    at chunk: ClosedRange<UInt64>, stepBytes: UInt64, scan: inout RootCandidateScan, missing: inout UInt64
  ) {
    let first = (chunk.lowerBound + 4095) & ~4095
    guard first >= chunk.lowerBound, first <= chunk.upperBound else { return }
    let count = (chunk.upperBound - first + 1) & ~4095
    guard count > 0 else { return }
    let address = PhysicalAddress(first)
    let lent: Void? = try? memory.memory.withBytes(at: address, count: Int(count)) {
      scan.look(at: $0, address: address)
    }
    guard lent == nil else { return }
    guard stepBytes > 4096 else {
      missing += count
      return
    }
    let smaller = stepBytes > RootCandidateScan.chunkAlignmentBytes ? stepBytes >> 4 : stepBytes >> 2
    var start = first
    while start <= chunk.upperBound {
      let end = min(start | (smaller - 1), chunk.upperBound)
      look(at: start...end, stepBytes: smaller, scan: &scan, missing: &missing)
      guard end < .max else { break }
      start = end + 1
    }
  }
}
