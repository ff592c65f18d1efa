public import LinuxKernel
import PageTables

/// A region of the kernel, ready to be shown: `pagewalk.region/1`.
public struct RegionReport: JSONReport, Sendable {
  public static let schema = "pagewalk.region/1"

  /// What a row is.
  public enum Kind: String, Encodable, Sendable, CaseIterable {
    /// A part of the layout: the linear map, vmalloc, the fixmap.
    case region
    /// A stretch of one whose purpose is known: a module, a range that vmalloc gave out.
    case area
    /// Mapped, and in no region that is known.
    case unnamed
  }

  /// How a name was come by.
  struct Grounds: Encodable, Sendable {
    var method: String
    var detail: String

    enum CodingKeys: String, CodingKey { case method, detail }
  }

  /// A range of pages.
  struct Pages: Encodable, Sendable {
    var start: JSONAddress
    var end: JSONAddress
    var physical: JSONAddress
    var pageSize: UInt64
    var access: String

    var first: UInt64
    var last: UInt64
    var accessColumns: String

    enum CodingKeys: String, CodingKey { case start, end, physical, pageSize, access }
  }

  var start: JSONAddress
  var end: JSONAddress
  var kind: Kind
  var name: String?
  var owner: String?
  var detail: String?
  var evidence: Grounds?
  /// How many bytes are mapped.
  public internal(set) var mapped: UInt64 = 0
  /// The rights that occur, in the order in which they first do.
  var access: [String] = []
  /// The same for a person, kernel and user apart.
  private var accessColumns: [String] = []
  /// The page sizes that occur, smallest first.
  var pageSizes: [UInt64] = []
  var pages: [Pages]?
  /// How many ranges of pages are not listed.
  var pagesLeftOut: Int?
  /// Of a running system: whether it was otherwise a moment before.
  public internal(set) var changing: Bool?

  let first: UInt64
  let last: UInt64

  enum CodingKeys: String, CodingKey {
    case start, end, kind, name, owner, detail, evidence, mapped, access, pageSizes, pages, pagesLeftOut,
      changing
  }

  /// The most ranges of pages that one row lists; espfix has 65,536 of the same few.
  static let pagesLimit = 4096

  init(first: UInt64, last: UInt64, kind: Kind) {
    self.first = first
    self.last = last
    self.kind = kind
    start = JSONAddress(first)
    end = JSONAddress(exclusiveEndAfter: last)
  }

  public init(_ region: KernelRegion, kind: Kind) {
    self.init(first: region.first.rawValue, last: region.last.rawValue, kind: kind)
    name = region.name
    owner = region.owner
    detail = region.detail
    evidence = Grounds(method: region.evidence.method.rawValue, detail: region.evidence.detail)
  }

  /// Takes in what is mapped in the region; ranges that reach beyond it are counted as far as they are in.
  mutating func count(_ mappings: ArraySlice<MappedRange>, format: PagingFormat, listsPages: Bool) {
    var listed: [Pages] = []
    for range in mappings {
      guard let mapping = range.mapping else { continue }
      let begin = max(first, range.first.rawValue)
      let finish = min(last, range.last.rawValue)
      guard begin <= finish else { continue }
      mapped &+= finish &- begin &+ 1
      let letters = mapping.access.letters
      if !access.contains(letters) { access.append(letters) }
      let columns = mapping.access.columns
      if !accessColumns.contains(columns) { accessColumns.append(columns) }
      let size = UInt64(1) << UInt64(mapping.pageSizeBits)
      if !pageSizes.contains(size) { pageSizes.append(size) }
      guard listsPages else { continue }
      if listed.count < Self.pagesLimit {
        listed.append(
          Pages(
            start: JSONAddress(begin), end: JSONAddress(exclusiveEndAfter: finish),
            physical: JSONAddress(mapping.physical.rawValue &+ (begin &- range.first.rawValue)),
            pageSize: size, access: letters, first: begin, last: finish,
            accessColumns: mapping.access.columns))
      } else {
        pagesLeftOut = (pagesLeftOut ?? 0) + 1
      }
    }
    pageSizes.sort()
    if listsPages { pages = listed }
  }
}

extension RegionReport {
  public static let csvHeader = "start,end,kind,name,owner,detail,mapped,access,pageSizes,method,evidence"

  /// The region as a line of CSV; addresses in hexadecimal.
  public var csv: String {
    csvLine([
      prefixedHexadecimal(first), end.text, kind.rawValue, name ?? "", owner ?? "", detail ?? "", "\(mapped)",
      access.joined(separator: " "), pageSizes.map { "\($0)" }.joined(separator: " "),
      evidence?.method ?? "", evidence?.detail ?? "",
    ])
  }

  var sizeText: String {
    let difference = last - first
    return difference == .max ? "16 EiB" : roundedSizeText(difference + 1)
  }

  /// Rights in the order of ``access``; none for a hole.
  var accessText: String { accessColumns.isEmpty ? "-" : accessColumns.joined(separator: ", ") }

  var mappedText: String { mapped == 0 ? "-" : roundedSizeText(mapped) }

  var pageSizeText: String {
    pageSizes.isEmpty ? "-" : pageSizes.map(sizeName).joined(separator: ",")
  }

  /// The last column: a region's name and how it is known; below it, indented, whose an area is.
  func title(showsEvidence: Bool) -> String {
    let notes = (detail.map { " (\($0))" } ?? "") + (changing == nil ? "" : " (changing)")
    switch kind {
    case .region:
      let grounds = evidence.map { "  [\($0.method)\(showsEvidence ? ": " + $0.detail : "")]" } ?? ""
      return (name ?? "") + notes + grounds
    case .area:
      let grounds = showsEvidence ? evidence.map { "  [\($0.method): \($0.detail)]" } ?? "" : ""
      return "  " + (owner ?? name ?? "") + notes + grounds
    case .unnamed: return "?" + notes
    }
  }

  /// The ranges of pages, one a line.
  func pageLines(digits: Int) -> [String] {
    guard let pages else { return [] }
    var lines = pages.map { range in
      "    \(hexadecimal(range.first, width: digits))-\(hexadecimal(range.last, width: digits))  "
        + "\(hexadecimal(range.physical.value, width: 9))  \(range.accessColumns)  "
        + sizeName(range.pageSize)
    }
    if let pagesLeftOut { lines.append("    and \(pagesLeftOut) more ranges") }
    return lines
  }
}

/// A size, rounded where it would be long: `4 KiB`, `1.5 GiB`, `~54 MiB`.
private func roundedSizeText(_ byteCount: UInt64) -> String {
  let exact = sizeText(byteCount)
  guard exact.count > 9 else { return exact }
  let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
  var value = byteCount
  var unit = 0
  while value >= 10_000, unit + 1 < units.count {
    value = (value + 512) / 1024
    unit += 1
  }
  return "~\(value) \(units[unit])"
}
