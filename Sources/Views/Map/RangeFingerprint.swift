public import PageTables

/// What ranges come to, as one number: whether an address space is the same when it is read a second time.
public struct RangeFingerprint: RangeSink {
  private var hasher = Hasher()

  public init() {}

  /// Accessed and dirty bits do not count: processors set them all the time.
  public mutating func receive(_ range: MappedRange) {
    hasher.combine(range.first)
    hasher.combine(range.last)
    switch range.content {
    case .mapped(let mapping):
      hasher.combine(mapping.physical)
      hasher.combine(mapping.pageSizeBits)
      hasher.combine(mapping.access)
    case .gap(let reason): hasher.combine(reason)
    }
  }

  /// The number; of no use in another run of the program.
  public var value: Int { hasher.finalize() }
}

extension Source {
  /// What a second reading of the same ranges says of the first one, as a sentence; nil if nothing changed, or
  /// nothing could have.
  public func change(
    since fingerprint: RangeFingerprint, in space: AddressSpace, from first: VirtualAddress,
    through last: VirtualAddress
  ) -> String? {
    guard isRunning else { return nil }
    var again = RangeFingerprint()
    _ = space.walker.ranges(from: first, through: last, in: memory, into: &again)
    guard again.value == fingerprint.value else {
      return "the tables changed while they were read: the ranges are of different moments"
    }
    return stillHas(space) ? nil : "the process has exited, or has other page tables by now"
  }
}
