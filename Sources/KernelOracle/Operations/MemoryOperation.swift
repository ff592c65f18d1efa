/// One thing that one process of a program does with its memory.
///
/// Processes are named by slots, `0..<slotCount`; a program begins with one process, in slot 0. Files are
/// memory files, named by `0..<fileCount`, empty when a program begins.
public struct MemoryOperation: Hashable, Sendable, CustomStringConvertible {
  /// How many processes may live at once.
  public static let slotCount = 8
  /// How many files there are.
  public static let fileCount = 4
  /// At most so many pages are touched at once.
  public static let touchLimit = 1 << 20

  /// The process that does it.
  public var slot: Int
  public var action: Action

  public init(slot: Int, _ action: Action) {
    self.slot = slot
    self.action = action
  }

  /// How a page is touched.
  public enum Access: String, Hashable, Sendable, CaseIterable {
    case read
    case write
  }

  /// What is done. Addresses, lengths and offsets are in bytes and need not be whole pages.
  public enum Action: Hashable, Sendable {
    /// One load or store of a byte in each of some pages; a page that faults is noted and the next one tried.
    case touch(Access, address: UInt64, pages: Int)
    case map(
      address: UInt64, lengthBytes: UInt64, Protection, MapFlags, file: Int?, offsetBytes: UInt64)
    case unmap(address: UInt64, lengthBytes: UInt64)
    case protect(address: UInt64, lengthBytes: UInt64, Protection)
    case advise(address: UInt64, lengthBytes: UInt64, Advice)
    case remap(
      address: UInt64, oldLengthBytes: UInt64, newLengthBytes: UInt64, RemapFlags, newAddress: UInt64)
    case setBreak(address: UInt64)
    case lock(address: UInt64, lengthBytes: UInt64)
    /// `mlock2`.
    case lockWithFlags(address: UInt64, lengthBytes: UInt64, LockFlags)
    case unlock(address: UInt64, lengthBytes: UInt64)
    case synchronize(address: UInt64, lengthBytes: UInt64, SyncFlags)
    /// `ftruncate`.
    case resize(file: Int, sizeBytes: UInt64)
    /// `fallocate`; holes are punched with `keepSize` and `punchHole`.
    case allocate(file: Int, AllocationMode, offsetBytes: UInt64, lengthBytes: UInt64)
    /// A new process in a free slot.
    case fork(child: Int)
    case exit
  }

  public var description: String { text }
}
