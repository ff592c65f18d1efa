/// Takes ranges as they are found, in address order.
public protocol RangeSink {
  mutating func receive(_ range: MappedRange)
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
#endif
