public import LinuxKernel
public import PageTables

/// The kernel's regions in order, with what lies in them: the rows of the command `kernel`.
public struct KernelView: Sendable {
  /// What is shown.
  public struct Options: Sendable {
    /// Only the layout, without vmalloc's areas and modules.
    public var showsOnlyLayout: Bool
    /// The ranges of pages in each row.
    public var showsPages: Bool
    /// In text, what was seen that names a region, and not only how.
    public var showsEvidence: Bool

    public init(showsOnlyLayout: Bool = false, showsPages: Bool = false, showsEvidence: Bool = false) {
      self.showsOnlyLayout = showsOnlyLayout
      self.showsPages = showsPages
      self.showsEvidence = showsEvidence
    }
  }

  public private(set) var reports: [RegionReport]
  /// How many bytes are mapped, and how many of these have a name.
  public let mappedBytes: UInt64
  public let namedBytes: UInt64
  private let addressDigits: Int
  private let showsEvidence: Bool

  public init(_ map: KernelRegionMap, format: PagingFormat, options: Options = Options()) {
    var reports: [RegionReport] = []
    var named: UInt64 = 0
    var mapping = 0
    for region in map.regions {
      let indices = map.mappings(from: region.first, through: region.last)
      // What no region holds stands between them.
      reports += Self.unnamed(map, from: mapping, to: indices.lowerBound, format: format, options: options)
      mapping = max(mapping, indices.upperBound)
      var report = RegionReport(region, kind: .region)
      report.count(map.mappings[indices], format: format, listsPages: options.showsPages)
      named &+= report.mapped
      reports.append(report)
      guard !options.showsOnlyLayout else { continue }
      var area = map.areas.index(notBefore: region.first)
      while area < map.areas.count, map.areas[area].first <= region.last {
        // Where a region is in pieces, an area belongs to the piece that it begins in.
        if map.areas[area].first >= region.first {
          var report = RegionReport(map.areas[area], kind: .area)
          let indices = map.mappings(from: map.areas[area].first, through: map.areas[area].last)
          report.count(map.mappings[indices], format: format, listsPages: options.showsPages)
          reports.append(report)
        }
        area += 1
      }
    }
    reports += Self.unnamed(
      map, from: mapping, to: map.mappings.count, format: format, options: options)
    self.reports = reports
    mappedBytes = map.mappings.reduce(0) { $0 &+ $1.byteCount }
    namedBytes = named
    addressDigits = Int(format.addressBits) / 4
    showsEvidence = options.showsEvidence
  }

  /// Marks the rows that an earlier view did not have.
  ///
  /// - Returns: how many there are.
  public mutating func markChanges(since earlier: KernelView) -> Int {
    var reading = FirstReading()
    for report in earlier.reports { reading.note(report) }
    for index in reports.indices where reading.hasChanged(reports[index]) { reports[index].changing = true }
    return reading.changedCount
  }

  /// The mappings that belong to no region, one row for what has no hole in it.
  private static func unnamed(
    _ map: KernelRegionMap, from start: Int, to end: Int, format: PagingFormat, options: Options
  ) -> [RegionReport] {
    var reports: [RegionReport] = []
    var index = start
    while index < end {
      var next = index + 1
      while next < end, map.mappings[next].first.rawValue == map.mappings[next - 1].last.rawValue &+ 1 {
        next += 1
      }
      var report = RegionReport(
        first: map.mappings[index].first.rawValue, last: map.mappings[next - 1].last.rawValue, kind: .unnamed)
      report.count(map.mappings[index..<next], format: format, listsPages: options.showsPages)
      reports.append(report)
      index = next
    }
    return reports
  }

  /// The rows as aligned text.
  public var text: [String] {
    let digits = addressDigits
    var table = TextTable(
      header: ["start", "end", "size", "mapped", "kernel user", "pages", "region"],
      alignments: [.left, .left, .right, .right])
    var pagesAfter: [[String]] = []
    for report in reports {
      table.add(
        hexadecimal(report.first, width: digits), hexadecimal(report.last, width: digits), report.sizeText,
        report.mappedText, report.accessText, report.pageSizeText,
        report.title(showsEvidence: showsEvidence))
      pagesAfter.append(report.pageLines(digits: digits))
    }
    let lines = table.lines
    return [lines[0]] + zip(lines.dropFirst(), pagesAfter).flatMap { [$0] + $1 }
  }
}
