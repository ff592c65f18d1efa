public import PageTables

/// Collects what a walk finds mapped as runs of pages, of one address space after another.
///
/// Large pages count as so many smallest pages: tables with an entry a page know no other size.
///
/// ```swift
/// var collector = PageRunCollector(format: walker.format)
/// collector.space = 614
/// walker.ranges(in: image, into: &collector)
/// ```
public struct PageRunCollector: RangeSink, Sendable {
  public private(set) var runs: [PageRun] = []
  /// The pages of all runs.
  public private(set) var pageCount: UInt64 = 0
  /// Whether nothing was left out because of the limit.
  public private(set) var isComplete = true
  /// Whose ranges come next.
  public var space: UInt32 = 0
  private let format: PagingFormat
  private let pageLimit: UInt64

  /// - Parameter pageLimit: pages beyond so many are left out: forged tables can map the whole space.
  public init(format: PagingFormat, pageLimit: UInt64 = 1 << 24) {
    self.format = format
    self.pageLimit = pageLimit
  }

  public mutating func receive(_ range: MappedRange) {
    guard let mapping = range.mapping else { return }
    let bits = UInt64(format.pageSizeBits)
    let page = range.first.rawValue >> bits
    let wanted = (range.last.rawValue >> bits) &- page &+ 1
    let count = min(wanted, pageLimit - pageCount)
    if count < wanted { isComplete = false }
    guard count > 0 else { return }
    let firstDepth = format.region(of: range.first)?.firstDepth ?? 0
    pageCount += count
    runs.append(
      PageRun(
        space: space, page: page, frame: mapping.physical.rawValue >> bits, pageCount: count,
        access: mapping.access, walkLength: mapping.depth &- firstDepth &+ 1))
  }
}
