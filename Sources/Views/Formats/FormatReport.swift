public import PageTables

/// A paging format, ready to be shown: `pagewalk.format/1`.
public struct FormatReport: JSONReport, Sendable {
  public static let schema = "pagewalk.format/1"

  public struct Level: Encodable, Sendable {
    public var level: String
    public var architectureName: String
    public var folded: [String]?
    public var lowBit: UInt8
    public var highBit: UInt8
    public var entryBytes: UInt8
    public var leafSizes: [UInt64]
  }

  public struct Range: Encodable, Sendable {
    public var start: JSONAddress
    public var end: JSONAddress
    public var root: String
  }

  public var name: String
  public var summary: String
  public var pageSize: UInt64
  public var levels: [Level]
  public var addresses: [Range]
  /// How the kernel's not-present entries are read.
  public var kernelEra: String

  public init(_ format: PagingFormat) {
    name = "\(format.name)"
    summary = "\(format.summary)"
    pageSize = 1 << UInt64(format.pageSizeBits)
    kernelEra = "\(format.notPresent.era)"
    let regions = format.regions.elements
    levels = format.levels.elements.enumerated().map { depth, level in
      let bits =
        regions.filter { Int($0.firstDepth) == depth }.map(\.firstIndexBits).max() ?? level.indexBits
      let leaves = level.rules.elements.filter { $0.kind == .leaf }.map { UInt64(1) << UInt64($0.sizeBits) }
      return Level(
        level: "\(level.name)", architectureName: "\(level.architectureName)",
        folded: level.folded, lowBit: level.shift, highBit: level.shift + bits - 1,
        entryBytes: level.entryByteCount, leafSizes: Set(leaves).sorted())
    }
    addresses = regions.map {
      Range(
        start: JSONAddress($0.first.rawValue), end: JSONAddress(exclusiveEndAfter: $0.last.rawValue),
        root: $0.root == .lower ? "lower" : "upper")
    }
  }

  /// One line: levels with their address bits, and the leaf sizes.
  public var cells: [String] {
    let path = levels.map { "\($0.level)[\($0.highBit):\($0.lowBit)]" }.joined(separator: " ")
    let sizes = Set(levels.flatMap(\.leafSizes)).sorted().map { sizeName($0) }
    return [name, path, sizes.joined(separator: " "), summary]
  }
}
