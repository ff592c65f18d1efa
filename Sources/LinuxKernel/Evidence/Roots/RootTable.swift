internal import PageTables

/// The entries of a root table, checked against its shape.
struct RootTable {
  var entries: [UInt64]
  private let signature: RootSignature

  /// Reads and checks the table, or answers nil where no root of that shape can be.
  ///
  /// - Complexity: the table is read once.
  init?(_ root: PhysicalAddress, shape: RootShape, in memory: KernelMemory) {
    guard root.rawValue & (shape.alignmentBytes - 1) == 0, let extent = memory.extent else { return nil }
    let signature = RootSignature(shape, ram: extent.lowerBound.rawValue...extent.upperBound.rawValue)
    let count = shape.entryCount
    let byteCount = shape.entryByteCount
    let table: [UInt64]?? = try? memory.memory.withBytes(at: root, count: shape.tableByteCount) { bytes in
      guard signature.fits(bytes, at: 0) else { return nil }
      return (0..<count).map {
        bytes.entry(atByteOffset: $0 * byteCount, byteCount: byteCount, order: shape.format.byteOrder) ?? 0
      }
    }
    guard let table, let table else { return nil }
    entries = table
    self.signature = signature
    guard isPlausible(root, shape: shape) else { return nil }
  }

  /// No table of Linux names itself, and no two entries of the user half name one table.
  private func isPlausible(_ root: PhysicalAddress, shape: RootShape) -> Bool {
    let user = shape.indices(of: shape.user)
    var named: Set<UInt64> = []
    for (index, entry) in entries.enumerated() where signature.isTable(entry) {
      let table = signature.tableAddress(entry)
      guard table != root.rawValue else { return false }
      if user.contains(index), !named.insert(table).inserted { return false }
    }
    return true
  }

  /// Whether the tables below look as Linux writes them, the first one of each level: where the beginning of
  /// another table is taken for a root, the last level's pages are taken for tables, and have a page's bits.
  ///
  /// - Complexity: one table is read a level.
  func leadsToTables(_ shape: RootShape, in memory: KernelMemory) -> Bool {
    guard var place = tables(in: entries.indices).first else { return false }
    for depth in (shape.depth + 1)..<shape.format.levelCount {
      let level = shape.format.level(depth)
      let byteCount = Int(level.entryByteCount)
      var next: UInt64?
      let address = PhysicalAddress(place)
      let fits = try? memory.memory.withBytes(at: address, count: level.tableByteCount) { bytes in
        var offset = 0
        let order = shape.format.byteOrder
        while let entry = bytes.entry(atByteOffset: offset, byteCount: byteCount, order: order) {
          offset += byteCount
          guard entry != 0 else { continue }
          let rule = level.rule(for: entry).rule
          switch rule.kind {
          case .table where signature.isTable(entry): next = next ?? signature.tableAddress(entry)
          case .leaf where entry & rule.reserved == 0: continue
          case .absent: continue
          case .table, .leaf, .invalid: return false
          }
        }
        return true
      }
      guard let fits else { return true }
      guard fits else { return false }
      guard let next else { return true }
      place = next
    }
    return true
  }

  /// How many of the entries are in use.
  func count(in indices: Range<Int>) -> Int { indices.count { entries[$0] != 0 } }

  /// Where the tables are that the entries name.
  func tables(in indices: Range<Int>) -> [UInt64] {
    indices.compactMap { signature.isTable(entries[$0]) ? signature.tableAddress(entries[$0]) : nil }
  }
}
