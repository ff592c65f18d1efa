public import PageTables

/// How multi-level tables divide an address: the levels' index bits, the entries' sizes, the pages' size.
///
/// The part of a format that its tables' sizes depend on, also for formats that no hardware has.
public struct PagingShape: Hashable, Sendable {
  /// One level of tables.
  public struct Level: Hashable, Sendable {
    public var name: String
    public var indexBits: Int
    public var entryByteCount: Int
    /// How many tables are laid into one allocation, and its bytes; 1 and a table's own, as a rule.
    public var tablesPerAllocation = 1
    public var allocationByteCount: UInt64

    init(name: String, indexBits: Int, entryByteCount: Int) {
      self.name = name
      self.indexBits = indexBits
      self.entryByteCount = entryByteCount
      allocationByteCount = UInt64(entryByteCount) << UInt64(indexBits)
    }
  }

  public let pageSizeBits: Int
  /// Top first; never empty.
  public let levels: [Level]

  public var addressBits: Int { levels.reduce(pageSizeBits) { $0 + $1.indexBits } }
  public var pageByteCount: UInt64 { 1 << UInt64(pageSizeBits) }
  public var lastLevel: Level { levels[levels.count - 1] }

  /// The shape of one root's tables. Where the halves have roots of their own it is the lower one, a process's.
  public init(_ format: PagingFormat) {
    let regions = format.regions.elements.filter { $0.root == .lower }
    let firstDepth = regions.map { Int($0.firstDepth) }.min() ?? 0
    let topBits = regions.filter { Int($0.firstDepth) == firstDepth }.map { Int($0.firstIndexBits) }.max()
    pageSizeBits = Int(format.pageSizeBits)
    levels = (firstDepth..<format.levelCount).map { depth in
      let level = format.level(depth)
      let bits = depth == firstDepth ? topBits ?? Int(level.indexBits) : Int(level.indexBits)
      var shape = Level(name: "\(level.name)", indexBits: bits, entryByteCount: Int(level.entryByteCount))
      if level.allocation.sizeBits > 0 {
        shape.tablesPerAllocation = max(1, Int(level.allocation.tableCount))
        shape.allocationByteCount = 1 << UInt64(level.allocation.sizeBits)
      }
      return shape
    }
  }

  /// A shape of levels with the given index bits, top first.
  ///
  /// - Parameter addressBits: what the bits must add up to; nil if that follows from them.
  public init(
    indexBits: [Int], pageByteCount: UInt64, entryByteCount: UInt64, addressBits: Int? = nil
  ) throws(TableSizeError) {
    let pageBits = try Self.pageBits(pageByteCount)
    guard (1...64).contains(entryByteCount) else { throw .entrySize(entryByteCount) }
    guard (1...8).contains(indexBits.count), indexBits.allSatisfy((1...48).contains) else {
      throw .levels(indexBits)
    }
    let sum = indexBits.reduce(pageBits, +)
    guard sum <= 64 else { throw .addressBits(sum, pageSizeBits: pageBits) }
    if let addressBits, addressBits != sum { throw .levelSum(sum, addressBits: addressBits) }
    pageSizeBits = pageBits
    let names = Self.names(indexBits.count)
    levels = zip(names, indexBits).map {
      Level(name: $0, indexBits: $1, entryByteCount: Int(entryByteCount))
    }
  }

  /// A shape whose tables are a page each, with what is left of the address for the top one.
  public init(addressBits: Int, pageByteCount: UInt64, entryByteCount: UInt64) throws(TableSizeError) {
    let pageBits = try Self.pageBits(pageByteCount)
    guard (1...64).contains(entryByteCount) else { throw .entrySize(entryByteCount) }
    guard addressBits > pageBits, addressBits <= 64 else {
      throw .addressBits(addressBits, pageSizeBits: pageBits)
    }
    let perPage = pageByteCount / entryByteCount
    guard perPage >= 2 else {
      throw .entriesPerPage(entryByteCount: entryByteCount, pageByteCount: pageByteCount)
    }
    let bits = 63 - perPage.leadingZeroBitCount
    var left = addressBits - pageBits
    var indexBits: [Int] = []
    while left > 0 {
      indexBits.insert(min(bits, left), at: 0)
      left -= min(bits, left)
    }
    try self.init(indexBits: indexBits, pageByteCount: pageByteCount, entryByteCount: entryByteCount)
  }

  private static func pageBits(_ byteCount: UInt64) throws(TableSizeError) -> Int {
    guard byteCount.nonzeroBitCount == 1, (16...1 << 30).contains(byteCount) else {
      throw .pageSize(byteCount)
    }
    return byteCount.trailingZeroBitCount
  }

  /// Linux's names, where there are so many levels as it has.
  private static func names(_ count: Int) -> [String] {
    switch count {
    case 1: ["pte"]
    case 2: ["pgd", "pte"]
    case 3: ["pgd", "pmd", "pte"]
    case 4: ["pgd", "pud", "pmd", "pte"]
    case 5: ["pgd", "p4d", "pud", "pmd", "pte"]
    default: (1...count).map { "level \($0)" }
    }
  }
}
