public import PageTables

/// The memory of the machine that runs this program, while it runs.
///
/// Nothing is cached: every request sees what is there at that moment, so two requests may not fit together.
/// Any number of threads may read at once.
public final class LiveMemory: PhysicalMemory, Sendable {
  /// What the memory is read through.
  enum Backend: Sendable {
    case device(DeviceMemory)
    case kcore(KcoreMemory)
    case bpf(BPFMemory)
  }

  let backend: Backend

  /// Larger requests are refused: a walk asks for a table, a search for some MiB.
  static let requestLimitBytes = 64 << 20

  init(_ backend: Backend) { self.backend = backend }

  /// Which rung of the ladder this is.
  public var rung: LiveRung {
    switch backend {
    case .device: .device
    case .kcore: .kcore
    case .bpf: .bpf
    }
  }

  /// Where there is RAM that can be read, ascending and disjoint, both ends inclusive.
  public var ram: [ClosedRange<UInt64>] {
    switch backend {
    case .device(let memory): memory.ram
    case .kcore(let memory): memory.segments.ram.map(\.physical)
    case .bpf(let memory): memory.ram
    }
  }

  /// Virtual minus physical address of the kernel's direct map.
  public var directMapOffset: UInt64? {
    switch backend {
    case .device(let memory): memory.directMapOffset
    case .kcore(let memory): memory.segments.directMapOffset
    case .bpf(let memory): memory.directMapOffset
    }
  }

  /// Where the source itself says the kernel's image is.
  var kernelImage: ClosedRange<UInt64>? {
    switch backend {
    case .kcore(let memory): memory.segments.image
    case .device, .bpf: nil
    }
  }

  /// Copies the bytes and lends the copy.
  public func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    switch backend {
    case .device(let memory): try memory.withBytes(at: address, count: count, body)
    case .kcore(let memory): try memory.withBytes(at: address, count: count, body)
    case .bpf(let memory): try memory.withBytes(at: address, count: count, body)
    }
  }
}
