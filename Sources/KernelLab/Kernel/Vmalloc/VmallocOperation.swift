/// One vmalloc, vmap or ioremap on its way: a sequence of steps, so that two CPUs can be interleaved in a chosen
/// order (`Machine.step`).
///
/// The steps are: find addresses and frames; map them under `init_mm`; then, where the kernel copies to all
/// roots at once, one step for each entry and root.
public struct VmallocOperation: Sendable {
  /// What is to be mapped.
  public enum Request: Hashable, Sendable {
    /// Frames of its own, anywhere in RAM.
    case allocate(byteCount: UInt64)
    /// As `allocate`, in the range of modules.
    case module(byteCount: UInt64)
    /// Frames that somebody has.
    case map(frames: [UInt64])
    /// Physical addresses, with leaves of up to 2^`largestSizeBits` bytes.
    case device(physical: UInt64, byteCount: UInt64, largestSizeBits: UInt8)
  }

  public enum Stage: Hashable, Sendable {
    case allocate
    case map
    /// The next entry, and the next root in the order that they were made.
    case synchronise(entry: Int, root: Int)
    case done
  }

  public let request: Request
  public let owner: String
  /// The CPU that does it.
  public let cpu: Int
  public internal(set) var stage = Stage.allocate
  /// From the first step on.
  public internal(set) var area: VmallocArea?
  /// The entries that each root has for itself and that serve the area, once one of them was changed and the
  /// kernel copies at once; else empty.
  public internal(set) var changedEntries: [UInt64] = []

  public init(_ request: Request, owner: String, cpu: Int = 0) {
    self.request = request
    self.owner = owner
    self.cpu = cpu
  }

  public var isDone: Bool { stage == .done }
}
