/// Translations that a TLB may hold although the tables say otherwise, because a scenario left a flush out.
public struct StaleWindow: Hashable, Sendable {
  /// The addresses whose entries were changed.
  public var range: Range<UInt64>
  /// The address space's number; nil for the kernel's half.
  public var space: UInt32?
  /// The CPUs that held translations of it then, and have not forgotten them since.
  public var cpus: CPUSet

  public init(range: Range<UInt64>, space: UInt32?, cpus: CPUSet) {
    self.range = range
    self.space = space
    self.cpus = cpus
  }
}

/// Why a TLB may deny what the tables say, without anything being wrong in the lab.
public enum Staleness: Hashable, Sendable {
  /// A scenario left the flush out.
  case missingFlush(StaleWindow)
  /// vmalloc's addresses were freed, and wait for the next purge.
  case lazilyFreed
  /// The CPU borrows the space, and was not interrupted for flushes: it catches up before it uses the user half.
  case lazyTLB(space: UInt32)
}
