public import PageTables

/// What the page tables hold of one area.
public struct AreaUsage: Hashable, Sendable {
  /// Bytes that are mapped for the hardware.
  public var presentByteCount: UInt64 = 0
  /// Bytes of those in leaves above the last level.
  public var hugeByteCount: UInt64 = 0
  /// Bytes that are mapped without the right to write although the area is private and writable: the zero
  /// page, a file's page, or a page shared since a fork; the first write makes a copy.
  public var copyOnWriteByteCount: UInt64 = 0
  /// Pages in the states that Linux keeps in absent entries, by state.
  public var notPresentCounts: [NotPresentState.Kind: Int] = [:]
  /// Pages that Linux has present while the hardware's entry is absent (ARM's old pages).
  public var oldCount = 0
  /// Bytes whose tables could not be read.
  public var unreadableByteCount: UInt64 = 0

  /// Goes through the tables of `area`.
  public init(_ area: Area, walker: Walker<PagingFormat>, in memory: some PhysicalMemory) {
    var sink = UsageSink(area: area, walker: walker, usage: self)
    walker.ranges(from: area.first, through: area.last, in: memory, into: &sink)
    self = sink.usage
    countSoftwareEntries(in: sink.gaps, walker: walker, memory: memory)
  }

  /// What `range` of the area adds. Gaps that may hide Linux's own entries are answered with true.
  fileprivate mutating func add(_ range: MappedRange, area: Area, pageSizeBits: UInt8) -> Bool {
    switch range.content {
    case .mapped(let mapping):
      presentByteCount += range.byteCount
      if mapping.pageSizeBits > pageSizeBits { hugeByteCount += range.byteCount }
      let isWritable = mapping.access.rawValue & Access.userWrite.rawValue != 0
      if !isWritable, area.isWritable, !area.isShared { copyOnWriteByteCount += range.byteCount }
      return false
    case .gap(.notPresent(let state)):
      guard state.kind != .none else { return true }
      notPresentCounts[state.kind, default: 0] += Int(range.byteCount >> UInt64(pageSizeBits))
      return false
    case .gap(.unreadable), .gap(.loop), .gap(.limit), .gap(.invalidEntry), .gap(.reservedBits):
      unreadableByteCount += range.byteCount
      return false
    case .gap(.nonCanonical): return false
    }
  }

  /// Where Linux keeps entries of its own beside the hardware's, an absent one of the hardware's tells nothing.
  private mutating func countSoftwareEntries(
    in gaps: [MappedRange], walker: Walker<PagingFormat>, memory: some PhysicalMemory
  ) {
    let format = walker.format
    guard format.level(format.levelCount - 1).software.offsetBytes != 0 else { return }
    let pageByteCount = UInt64(1) << UInt64(format.pageSizeBits)
    for gap in gaps {
      var address = gap.first.rawValue
      while address <= gap.last.rawValue {
        let translation = walker.translate(VirtualAddress(address), in: memory)
        guard let step = translation.steps.elements.last else { break }
        // Without a table there is nothing up to the end of what the entry spans.
        let isLastLevel = step.depth == format.levelCount - 1
        if isLastLevel { count(walker.softwareEntry(of: step, address: translation.address, in: memory)) }
        let span = isLastLevel ? pageByteCount : UInt64(1) << UInt64(format.level(step.depth).shift)
        let (next, overflow) = (address & ~(span - 1)).addingReportingOverflow(span)
        guard !overflow else { break }
        address = next
      }
    }
  }

  private mutating func count(_ entry: SoftwareStep?) {
    switch entry?.state {
    case .present: oldCount += 1
    case .notPresent(let state) where state.kind != .none: notPresentCounts[state.kind, default: 0] += 1
    default: break
    }
  }
}

/// Adds ranges up.
private struct UsageSink: RangeSink {
  let area: Area
  let walker: Walker<PagingFormat>
  var usage: AreaUsage
  var gaps: [MappedRange] = []

  mutating func receive(_ range: MappedRange) {
    if usage.add(range, area: area, pageSizeBits: walker.format.pageSizeBits) { gaps.append(range) }
  }
}
