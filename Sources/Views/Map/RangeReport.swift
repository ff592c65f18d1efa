public import LinuxKernel
public import PageTables

/// A range of an address space, ready to be shown: `pagewalk.range/1`.
public struct RangeReport: JSONReport, Sendable {
  public static let schema = "pagewalk.range/1"

  public var start: JSONAddress
  /// Exclusive.
  public var end: JSONAddress
  public var physical: JSONAddress?
  public var pageSize: UInt64?
  public var access: String?
  public var flags: [String]?
  public var hole: Bool?
  /// Why nothing is mapped.
  public var reason: String?
  /// The kernel's region that the range lies in, where regions are known.
  public var region: String?
  /// The area that the kernel manages these addresses as, where that is known.
  public var area: AreaName?
  /// Of a running system: whether it was otherwise a moment before.
  public var changing: Bool?

  /// An area, in short.
  public struct AreaName: Encodable, Sendable {
    public var start: JSONAddress
    public var end: JSONAddress
    public var permissions: String?
    public var path: String?

    init(_ area: Area) {
      start = JSONAddress(area.first.rawValue)
      end = JSONAddress(exclusiveEndAfter: area.last.rawValue)
      permissions = area.permissions
      path = area.path
    }
  }

  var first: UInt64
  var last: UInt64
  var accessColumns = ""
  /// The flags without what every present entry says.
  var tellingFlags: [String] = []
  var pageSizeName = ""
  var lacksArea = false

  enum CodingKeys: String, CodingKey {
    case start, end, physical, pageSize, access, flags, hole, reason, region, area, changing
  }

  /// - Parameters:
  ///   - area: the area behind the range, if there is one.
  ///   - region: the name of the kernel's region that it lies in.
  ///   - expectsArea: areas are known, and a range without one is worth a word.
  public init(
    _ range: MappedRange, format: PagingFormat, area: Area? = nil, region: String? = nil,
    expectsArea: Bool = false
  ) {
    self.area = area.map(AreaName.init)
    self.region = region
    lacksArea = expectsArea && area == nil && region == nil && range.mapping != nil
    first = range.first.rawValue
    last = range.last.rawValue
    start = JSONAddress(first)
    end = JSONAddress(exclusiveEndAfter: last)
    switch range.content {
    case .mapped(let mapping):
      physical = JSONAddress(mapping.physical.rawValue)
      pageSize = 1 << UInt64(mapping.pageSizeBits)
      pageSizeName = sizeName(pageSize ?? 0)
      access = mapping.access.letters
      accessColumns = mapping.access.columns
      let rule = format.level(Int(mapping.depth)).rules[Int(mapping.ruleIndex)]
      let fields = format.fields(of: rule)
      let steady = mapping.entry & ~format.volatileMask(of: rule)
      flags = fields.names(in: steady)
      tellingFlags = fields.names(in: steady & ~fields.mask(of: .present))
    case .gap(let reason):
      hole = true
      self.reason = reason.contractName
    }
  }

  /// The column names of ``csv``.
  public static let csvHeader =
    "start,end,bytes,physical,pageSize,access,flags,reason,region,areaPermissions,path"

  /// The range as a line of CSV; addresses in hexadecimal.
  public var csv: String {
    csvLine([
      prefixedHexadecimal(first), end.text, sizeBytesText,
      physical.map { prefixedHexadecimal($0.value) } ?? "",
      pageSize.map { "\($0)" } ?? "", access ?? "", (flags ?? []).joined(separator: " "), reason ?? "",
      region ?? "", area?.permissions ?? "", area?.path ?? "",
    ])
  }

  private var sizeBytesText: String {
    let difference = last - first
    return difference == .max ? "18446744073709551616" : "\(difference + 1)"
  }

  /// The range as a line of text, its addresses `digits` wide.
  public func text(digits: Int) -> String {
    let difference = last - first
    let size = difference == .max ? "16 EiB" : sizeText(difference + 1)
    var line = "\(hexadecimal(first, width: digits))-\(hexadecimal(last, width: digits))"
    line += "  " + String(repeating: " ", count: max(0, 9 - size.count)) + size
    if let physical {
      line += "  \(hexadecimal(physical.value, width: 9))  \(accessColumns)  "
      line += pageSizeName + String(repeating: " ", count: max(0, 7 - pageSizeName.count))
      line += tellingFlags.joined(separator: " ")
    } else {
      line += "  hole: \(reason ?? "")"
    }
    while line.last == " " { line.removeLast() }
    if let area { line += "  | \(area.permissions ?? "????") \(area.path ?? "anonymous")" }
    if let region { line += "  | \(region)" }
    if lacksArea { line += "  | in no area" }
    if changing != nil { line += "  (changing)" }
    return line
  }
}

extension JSONAddress {
  /// The address after `last`; after the last address of all it is 2⁶⁴.
  init(exclusiveEndAfter last: UInt64) {
    self.init(last &+ 1)
    isPastTheEnd = last == .max
  }
}
