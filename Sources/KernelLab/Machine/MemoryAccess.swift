/// What a processor does with an address.
public struct MemoryAccess: Hashable, Sendable {
  public enum Kind: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case read
    case write
    case execute
  }

  public var address: UInt64
  public var kind: Kind
  public var isUser: Bool

  public init(_ kind: Kind, at address: UInt64, isUser: Bool = true) {
    self.address = address
    self.kind = kind
    self.isUser = isUser
  }
}

/// How an access ended.
public enum AccessOutcome: Hashable, Sendable {
  /// The byte's physical address.
  case completed(UInt64)
  /// The process gets a signal.
  case signal(Signal)
  /// The kernel itself may not do this: it would stop with an oops.
  case oops(KernelFault)
  /// No frame could be had, and nothing could be freed.
  case outOfMemory
}

/// A signal that a fault sends.
public struct Signal: Hashable, Sendable {
  public enum Number: Int, Sendable {
    case bus = 7
    case segmentationFault = 11
  }

  public enum Code: Int, Sendable {
    /// SEGV_MAPERR: there is no area.
    case notMapped = 1
    /// SEGV_ACCERR, and BUS_ADRERR (2 for SIGBUS): the area forbids it; beyond the end of the file.
    case forbidden = 2
  }

  public var number: Number
  public var code: Code
  public var address: UInt64
}

/// Why the kernel cannot go on.
public struct KernelFault: Hashable, Sendable {
  public var address: UInt64
  public var reason: String
}
