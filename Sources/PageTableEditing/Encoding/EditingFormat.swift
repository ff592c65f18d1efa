public import PageTables

/// A format prepared for writing: for every leaf size and every combination of rights, the entry.
///
/// Everything is derived from the format's data. Preparing takes some hundred microseconds; make one for
/// each format and share it between editors.
public final class EditingFormat: Sendable {
  public let paging: PagingFormat
  @usableFromInline let levels: [LevelGeometry]
  @usableFromInline let regions: [Region]
  /// All kinds of leaf entries, in walk order.
  public let kinds: [LeafKind]
  /// log2 of the leaf sizes, ascending. A size's place here is its *slot*.
  public let leafSizes: [UInt8]
  /// Slot by log2 of the size; 255 for none.
  @usableFromInline let slots: [UInt8]
  /// By slot and rights.
  @usableFromInline let encodings: [LeafEncoding]
  /// By depth and rule: the place in `kinds`, or 255.
  @usableFromInline let kindByRule: [UInt8]
  /// By depth: the bits that decide an entry's kind.
  @usableFromInline let classMasks: [UInt64]
  let rules: [CompactLevel]
  let tables: [TableKind?]
  @usableFromInline let software: [SoftwareKind?]
  @usableFromInline let hasSoftware: [Bool]
  @usableFromInline let byteOrder: ByteOrder

  /// More rules than a level has.
  private static var ruleStride: Int { 16 }

  public init(_ format: PagingFormat) {
    paging = format
    byteOrder = format.byteOrder
    let depths = 0..<format.levelCount
    let levels = depths.map { format.geometry($0) }
    self.levels = levels
    regions = format.regions.elements
    tables = depths.map { TableKind(depth: $0, format: format) }

    var kinds: [LeafKind] = []
    var kindByRule = [UInt8](repeating: 255, count: Self.ruleStride * max(1, format.levelCount))
    var encodingsByKind: [[UInt64?]] = []
    for depth in depths {
      let level = format.level(depth)
      for index in 0..<level.rules.count where level.rules[index].kind == .leaf {
        let rule = level.rules[index]
        guard rule.sizeBits < 64, rule.sizeBits >= level.shift else { continue }
        let masks = RuleMasks(rule, level: level, format: format)
        kindByRule[depth * Self.ruleStride + index] = UInt8(kinds.count)
        kinds.append(
          LeafKind(rule, index: index, depth: depth, level: level, masks: masks, format: format))
        let encodings = AccessEncodings(rule, masks: masks, format: format) { entry in
          entry & rule.reserved == 0 && level.rule(for: entry).index == index
        }
        encodingsByKind.append(encodings.bits)
      }
    }
    self.kinds = kinds
    self.kindByRule = kindByRule
    let kindList = kinds
    let software = depths.map { SoftwareKind(depth: $0, format: format, kinds: kindList) }
    self.software = software
    hasSoftware = software.map { $0 != nil }
    rules = depths.map { depth in
      let rules = format.level(depth).rules.elements
      return CompactLevel(
        rules: rules.enumerated().map {
          CompactRule($0.element, place: kindByRule[depth * Self.ruleStride + $0.offset])
        },
        classMask: rules.reduce(0) { $0 | $1.mask | $1.reserved })
    }
    classMasks = rules.map(\.classMask)

    let sizes = Set(kinds.map(\.sizeBits)).sorted().prefix(LeafTemplate.slotCount)
    leafSizes = Array(sizes)
    var slots = [UInt8](repeating: 255, count: 64)
    var encodings = [LeafEncoding](repeating: .none, count: 64 * max(1, sizes.count))
    for (slot, size) in sizes.enumerated() {
      slots[Int(size)] = UInt8(slot)
      for (place, kind) in kinds.enumerated() where kind.sizeBits == size {
        for access in 0..<64 where encodings[slot * 64 + access].bits == 0 {
          // An entry that is 0 would read as empty.
          guard let bits = encodingsByKind[place][access], bits != 0 else { continue }
          // What Linux's own entry cannot say must not be said by the hardware's alone.
          if let software = software[kind.depth], software.encodings[access] == nil { continue }
          encodings[slot * 64 + access] = LeafEncoding(bits: bits, kind: place)
        }
      }
    }
    self.slots = slots
    self.encodings = encodings
  }

  /// The slot of a leaf size, or nil if the format has no such leaf.
  @inlinable @inline(__always)
  func slot(ofSizeBits sizeBits: UInt8) -> Int? {
    guard sizeBits < 64 else { return nil }
    let slot = slots[Int(sizeBits)]
    return slot == 255 ? nil : Int(slot)
  }

  @inlinable @inline(__always)
  func encoding(slot: Int, access: Access) -> LeafEncoding {
    encodings[slot &* 64 &+ Int(access.rawValue & 63)]
  }

  /// The place among ``kinds`` of the leaf kind that a rule reads, or nil.
  func kind(depth: Int, ruleIndex: Int) -> Int? {
    guard depth < levels.count, ruleIndex < Self.ruleStride else { return nil }
    let place = kindByRule[depth &* Self.ruleStride &+ ruleIndex]
    return place == 255 ? nil : Int(place)
  }

  /// The region that `address` lies in, or nil if it is not canonical.
  @inlinable @inline(__always)
  func region(of address: VirtualAddress) -> Region? {
    var index = 0
    while index < regions.count {
      if regions[index].contains(address) { return regions[index] }
      index &+= 1
    }
    return nil
  }
}
