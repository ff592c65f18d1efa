extension Walker where Format: FormatSource {
  /// Hands the ranges that tile the addresses from `first` to `last` to `sink`, gaps included.
  ///
  /// - Complexity: as ``enumerate(from:through:in:tableLimit:visitor:)``.
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
  extension Walker where Format: FormatSource {
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
