/// Takes ranges as they are found, in address order.
public protocol RangeSink {
  mutating func receive(_ range: MappedRange)
}

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
  /// The addresses that are asked for. A last-level table comes in whole entries, which may reach beyond them.
  @usableFromInline let first: VirtualAddress
  @usableFromInline let last: VirtualAddress

  /// - Parameters:
  ///   - first: what is below is cut off.
  ///   - last: what is above is cut off.
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
    let rule = format.level(position.depth).rules[ruleIndex]
    append(
      MappedRange(
        first: first, last: last,
        content: content(of: entry, rule: rule, ruleIndex: ruleIndex, first: first, position: position)))
  }

  @inlinable
  public mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition) {
    let level = format.level(position.depth)
    let entryByteCount = Int(level.entryByteCount)
    let count = bytes.byteCount / entryByteCount
    var runStart = 0
    var index = 1
    while index < count {
      if scan.isVectorable, index &+ 8 <= count,
        let entries = bytes.entries64(atByteOffset: index &* 8),
        let previous = bytes.entries64(atByteOffset: (index &- 1) &* 8)
      {
        var breaks = scan.breaks(entries, after: previous)
        if breaks == 0 {
          index &+= 8
          continue
        }
        while breaks != 0 {
          let lane = breaks.trailingZeroBitCount
          breaks &= breaks &- 1
          appendRun(
            bytes, from: runStart, to: index &+ lane, firstIndex: firstIndex, level: level,
            position: position)
          runStart = index &+ lane
        }
        index &+= 8
      } else {
        let entry = bytes.entry(
          atByteOffset: index &* entryByteCount, byteCount: entryByteCount, order: format.byteOrder)
        let previous = bytes.entry(
          atByteOffset: (index &- 1) &* entryByteCount, byteCount: entryByteCount, order: format.byteOrder)
        if !scan.continues(entry ?? 0, after: previous ?? 0) {
          appendRun(
            bytes, from: runStart, to: index, firstIndex: firstIndex, level: level, position: position)
          runStart = index
        }
        index &+= 1
      }
    }
    if count > 0 {
      appendRun(bytes, from: runStart, to: count, firstIndex: firstIndex, level: level, position: position)
    }
  }

  /// Entries `start` up to `end` of `bytes` continue one another: one range.
  @inlinable
  mutating func appendRun(
    _ bytes: RawSpan, from start: Int, to end: Int, firstIndex: Int, level: Level, position: TablePosition
  ) {
    let entryByteCount = Int(level.entryByteCount)
    let entry =
      bytes.entry(atByteOffset: start &* entryByteCount, byteCount: entryByteCount, order: format.byteOrder)
      ?? 0
    let first = max(
      self.first.rawValue, position.base.rawValue &+ (UInt64(firstIndex &+ start) &<< UInt64(level.shift)))
    let last = min(
      self.last.rawValue, position.base.rawValue &+ (UInt64(firstIndex &+ end) &<< UInt64(level.shift)) &- 1)
    let (ruleIndex, rule) = level.rule(for: entry)
    append(
      MappedRange(
        first: VirtualAddress(first), last: VirtualAddress(last),
        content: content(
          of: entry, rule: rule, ruleIndex: ruleIndex, first: VirtualAddress(first), position: position)))
  }

  @inlinable
  func content(
    of entry: UInt64, rule: EntryRule, ruleIndex: Int, first: VirtualAddress, position: TablePosition
  ) -> MappedRange.Content {
    let excess = entry & rule.reserved
    switch rule.kind {
    case .absent:
      return .gap(.notPresent(format.notPresent.state(of: entry)))
    case .invalid, .table:
      // A table that gets here has a reserved bit set, or stands at the last level.
      return .gap(excess == 0 ? .invalidEntry : .reservedBits(excess))
    case .leaf:
      guard excess == 0 else { return .gap(.reservedBits(excess)) }
      let offsetMask: UInt64 = (1 &<< UInt64(rule.sizeBits)) &- 1
      let target = rule.address.address(from: entry).rawValue & ~format.memoryEncryptionMask
      return .mapped(
        MappedRange.Mapping(
          physical: PhysicalAddress((target & ~offsetMask) | (first.rawValue & offsetMask)),
          pageSizeBits: rule.sizeBits,
          access: format.narrowed(position.access.intersection(format.access(of: entry, by: rule))),
          entry: entry, depth: UInt8(truncatingIfNeeded: position.depth),
          ruleIndex: UInt8(truncatingIfNeeded: ruleIndex)))
    }
  }

  /// Adds a range: it prolongs the pending one, or replaces it.
  @inlinable
  mutating func append(_ range: MappedRange) {
    guard var current = pending else {
      pending = range
      return
    }
    if isContinuation(range, of: current) {
      current.last = range.last
      pending = current
    } else {
      sink.receive(current)
      pending = range
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
    case (.mapped(let left), .mapped(let right)):
      guard left.pageSizeBits == right.pageSizeBits, left.access == right.access, left.depth == right.depth,
        left.ruleIndex == right.ruleIndex,
        right.physical.rawValue == left.physical.rawValue &+ current.byteCount
      else { return false }
      let rule = format.level(Int(right.depth)).rules[Int(right.ruleIndex)]
      return (left.entry ^ right.entry) & ~rule.address.entryMask & ~format.volatileMask(of: rule) == 0
    default:
      return false
    }
  }
}

extension FormatSource {
  /// The bits of an entry that the processor or the kernel changes without changing the mapping: accessed
  /// and dirty.
  @inlinable
  public func volatileMask(of rule: EntryRule) -> UInt64 {
    let fields = fields(of: rule)
    return fields.mask(of: .accessed) | fields.mask(of: .dirty)
  }
}

extension Walker {
  /// Hands the ranges that tile the addresses from `first` to `last` to `sink`, gaps included.
  ///
  /// - Complexity: each table is read once for each place that it is mapped at.
  @inlinable
  @discardableResult
  public func ranges<Sink: RangeSink>(
    from first: VirtualAddress = VirtualAddress(0), through last: VirtualAddress = VirtualAddress(.max),
    in memory: borrowing some PhysicalMemory & ~Copyable, tableLimit: Int = Self.defaultTableLimit,
    into sink: inout Sink
  ) -> EnumerationSummary {
    var merger = RangeMerger(format: format, sink: sink, from: first, through: last)
    let summary = enumerate(
      from: first, through: last, in: memory, tableLimit: tableLimit, visitor: &merger)
    merger.finish()
    sink = merger.sink
    return summary
  }
}

#if !hasFeature(Embedded)
  /// Collects ranges in an array.
  public struct RangeCollector: RangeSink {
    public var ranges: [MappedRange] = []
    public init() {}
    public mutating func receive(_ range: MappedRange) { ranges.append(range) }
  }

  /// Hands each range to a closure.
  public struct RangeCallback: RangeSink {
    let body: (MappedRange) -> Void
    public init(_ body: @escaping (MappedRange) -> Void) { self.body = body }
    public mutating func receive(_ range: MappedRange) { body(range) }
  }

  extension Walker {
    /// The ranges that tile the addresses from `first` to `last`, gaps included.
    public func ranges(
      from first: VirtualAddress = VirtualAddress(0), through last: VirtualAddress = VirtualAddress(.max),
      in memory: borrowing some PhysicalMemory & ~Copyable
    ) -> [MappedRange] {
      var collector = RangeCollector()
      ranges(from: first, through: last, in: memory, into: &collector)
      return collector.ranges
    }
  }
#endif
