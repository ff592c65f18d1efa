/// Merges what an enumeration tells into maximal ranges: contiguous in both spaces, of one page size, with
/// the same rights and the same flags (accessed and dirty excepted).
///
/// A last-level table is scanned eight entries at a time: an entry that is its predecessor plus one page,
/// or empty after an empty one, continues a run, and only breaks are looked at one by one.
@frozen
public struct RangeMerger<Format: FormatSource, Sink: RangeSink>: TableVisitor {
  @usableFromInline let format: Format
  /// Where the ranges go.
  public var sink: Sink
  @usableFromInline var pending: MappedRange?
  @usableFromInline let scan: LeafScan
  /// The last level's geometry.
  @usableFromInline let leaf: LevelGeometry
  // The rights of the last leaf, and what they were read from: neighbours mostly allow the same.
  @usableFromInline var accessKey: AccessKey
  @usableFromInline var access: Access
  /// The addresses that are asked for. A last-level table comes in whole entries, which may reach beyond them.
  @usableFromInline let first: VirtualAddress
  @usableFromInline let last: VirtualAddress

  /// A merger for the ranges between two addresses: what is below `first` and above `last` is cut off.
  @inlinable
  public init(
    format: Format, sink: Sink, from first: VirtualAddress = VirtualAddress(0),
    through last: VirtualAddress = VirtualAddress(.max)
  ) {
    self.format = format
    self.sink = sink
    self.first = first
    self.last = last
    self.pending = nil
    self.scan = LeafScan(format)
    self.leaf = format.geometry(format.levelCount &- 1)
    self.accessKey = AccessKey(depth: .max, above: .none, bits: 0)
    self.access = .none
  }

  /// Hands over the last range.
  @inlinable
  public mutating func finish() {
    if let pending { sink.receive(pending) }
    pending = nil
  }

  @inlinable
  public mutating func visitStop(
    first: VirtualAddress, last: VirtualAddress, reason: StopReason, depth: Int
  ) {
    append(MappedRange(first: first, last: last, content: .gap(reason)))
  }

  @inlinable
  public mutating func visitEntry(
    _ entry: UInt64, ruleIndex: Int, first: VirtualAddress, last: VirtualAddress, position: TablePosition
  ) {
    append(
      entry, geometry: format.geometry(position.depth), ruleIndex: ruleIndex, first: first, last: last,
      position: position)
  }

  @inlinable
  public mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition) {
    let entryByteCount = 1 &<< Int(leaf.entrySizeBits)
    let count = bytes.byteCount &>> Int(leaf.entrySizeBits)
    guard count > 0 else { return }
    var runStart = 0
    var index = 1
    if scan.isVectorable {
      while let entries = bytes.entries64(atByteOffset: index &* 8),
        let previous = bytes.entries64(atByteOffset: (index &- 1) &* 8)
      {
        var breaks = scan.breaks(entries, after: previous)
        while breaks != 0 {
          let next = index &+ breaks.trailingZeroBitCount / 8
          breaks &= breaks &- 1
          appendRun(bytes, from: runStart, to: next, firstIndex: firstIndex, position: position)
          runStart = next
        }
        index &+= 8
      }
    }
    while index < count {
      let entry = bytes.entry(
        atByteOffset: index &* entryByteCount, byteCount: entryByteCount, order: format.byteOrder)
      let previous = bytes.entry(
        atByteOffset: (index &- 1) &* entryByteCount, byteCount: entryByteCount, order: format.byteOrder)
      if !scan.continues(entry ?? 0, after: previous ?? 0) {
        appendRun(bytes, from: runStart, to: index, firstIndex: firstIndex, position: position)
        runStart = index
      }
      index &+= 1
    }
    appendRun(bytes, from: runStart, to: count, firstIndex: firstIndex, position: position)
  }

  /// Entries `start` up to `end` of `bytes` continue one another: one range.
  @inlinable
  mutating func appendRun(
    _ bytes: RawSpan, from start: Int, to end: Int, firstIndex: Int, position: TablePosition
  ) {
    let entryByteCount = 1 &<< Int(leaf.entrySizeBits)
    let entry =
      bytes.entry(atByteOffset: start &* entryByteCount, byteCount: entryByteCount, order: format.byteOrder)
      ?? 0
    let shift = UInt64(leaf.shift)
    let start = UInt64(truncatingIfNeeded: firstIndex &+ start)
    let end = UInt64(truncatingIfNeeded: firstIndex &+ end)
    let first = max(self.first.rawValue, position.base.rawValue &+ (start &<< shift))
    let last = min(self.last.rawValue, position.base.rawValue &+ (end &<< shift) &- 1)
    append(
      entry, geometry: leaf, ruleIndex: nil, first: VirtualAddress(first), last: VirtualAddress(last),
      position: position)
  }

  /// Adds what `entry` says of a range; `ruleIndex` is the rule that reads it, if it is known.
  @inlinable @inline(__always)
  mutating func append(
    _ entry: UInt64, geometry: LevelGeometry, ruleIndex: Int?, first: VirtualAddress, last: VirtualAddress,
    position: TablePosition
  ) {
    if geometry.isLeaf(entry) {
      let key = AccessKey(
        depth: position.depth, above: position.access, bits: entry & geometry.leafAccessMask)
      if key != accessKey {
        accessKey = key
        let rule = format.level(position.depth).rules[Int(geometry.leafRuleIndex)]
        access = format.narrowed(position.access.intersection(format.access(of: entry, by: rule)))
      }
      let offsetMask: UInt64 = (1 &<< UInt64(geometry.leafSizeBits)) &- 1
      appendMapped(
        MappedRange.Mapping(
          physical: PhysicalAddress(
            (geometry.leafAddress(entry) & ~offsetMask) | (first.rawValue & offsetMask)),
          pageSizeBits: geometry.leafSizeBits, access: access, entry: entry,
          depth: UInt8(truncatingIfNeeded: position.depth), ruleIndex: geometry.leafRuleIndex),
        first: first, last: last, varyingMask: geometry.leafVaryingMask)
    } else if geometry.isAbsent(entry) {
      let state =
        entry == 0
        ? NotPresentState(.none) : format.notPresentState(of: entry, at: first, depth: position.depth)
      append(MappedRange(first: first, last: last, content: .gap(.notPresent(state))))
    } else {
      appendByRules(entry, ruleIndex: ruleIndex, first: first, last: last, position: position)
    }
  }

  /// An entry that the geometry does not know.
  @inlinable @inline(never)
  mutating func appendByRules(
    _ entry: UInt64, ruleIndex: Int?, first: VirtualAddress, last: VirtualAddress, position: TablePosition
  ) {
    let level = format.level(position.depth)
    let ruleIndex = ruleIndex ?? level.rule(for: entry).index
    let rule = level.rules[ruleIndex]
    let excess = entry & rule.reserved
    let content: MappedRange.Content
    switch rule.kind {
    case .absent:
      content = .gap(.notPresent(format.notPresentState(of: entry, at: first, depth: position.depth)))
    case .invalid, .table:
      // A table that gets here has a reserved bit set, or stands at the last level.
      content = .gap(excess == 0 ? .invalidEntry : .reservedBits(excess))
    case .leaf where excess != 0:
      content = .gap(.reservedBits(excess))
    case .leaf:
      let offsetMask: UInt64 = (1 &<< UInt64(rule.sizeBits)) &- 1
      let target = rule.address.address(from: entry).rawValue & ~format.memoryEncryptionMask
      appendMapped(
        MappedRange.Mapping(
          physical: PhysicalAddress((target & ~offsetMask) | (first.rawValue & offsetMask)),
          pageSizeBits: rule.sizeBits,
          access: format.narrowed(position.access.intersection(format.access(of: entry, by: rule))),
          entry: entry, depth: UInt8(truncatingIfNeeded: position.depth),
          ruleIndex: UInt8(truncatingIfNeeded: ruleIndex)),
        first: first, last: last, varyingMask: rule.address.entryMask | format.volatileMask(of: rule))
      return
    }
    append(MappedRange(first: first, last: last, content: content))
  }

  /// Adds a mapped range: it prolongs the pending one, or replaces it. Entries may differ in `varyingMask`.
  @inlinable
  mutating func appendMapped(
    _ mapping: MappedRange.Mapping, first: VirtualAddress, last: VirtualAddress, varyingMask: UInt64
  ) {
    if let current = pending, case .mapped(let left) = current.content,
      first.rawValue == current.last.rawValue &+ 1, left.pageSizeBits == mapping.pageSizeBits,
      left.access == mapping.access, left.depth == mapping.depth, left.ruleIndex == mapping.ruleIndex,
      mapping.physical.rawValue == left.physical.rawValue &+ current.byteCount,
      (left.entry ^ mapping.entry) & ~varyingMask == 0
    {
      pending?.last = last
    } else {
      replacePending(MappedRange(first: first, last: last, content: .mapped(mapping)))
    }
  }

  @inlinable
  mutating func replacePending(_ range: MappedRange) {
    if let pending { sink.receive(pending) }
    pending = range
  }

  /// Adds a gap: it prolongs the pending one, or replaces it.
  @inlinable
  mutating func append(_ range: MappedRange) {
    if let current = pending, isContinuation(range, of: current) {
      pending?.last = range.last
    } else {
      replacePending(range)
    }
  }

  @inlinable
  func isContinuation(_ range: MappedRange, of current: MappedRange) -> Bool {
    guard range.first.rawValue == current.last.rawValue &+ 1 else { return false }
    switch (current.content, range.content) {
    case (.gap(.notPresent(let left)), .gap(.notPresent(let right))):
      return left.kind == right.kind && (left.kind != .swap || left.type == right.type)
    case (.gap(let left), .gap(let right)):
      return left == right
    default:
      return false
    }
  }
}

/// What rights were read from.
@frozen @usableFromInline
struct AccessKey: Equatable, Sendable {
  @usableFromInline let depth: Int
  /// The rights that the levels above leave.
  @usableFromInline let above: Access
  @usableFromInline let bits: UInt64

  @inlinable init(depth: Int, above: Access, bits: UInt64) {
    self.depth = depth
    self.above = above
    self.bits = bits
  }
}
