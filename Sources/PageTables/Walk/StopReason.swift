/// Why a walk ended without an address. "Not mapped" is an answer; the rest say that memory or an entry
/// cannot be trusted.
@frozen
public enum StopReason: Hashable, Sendable, BitwiseCopyable {
  /// The address lies in no region of the format.
  case nonCanonical
  /// The hardware stops here; the state is what Linux means by the entry.
  case notPresent(NotPresentState)
  /// An encoding that the architecture reserves.
  case invalidEntry
  /// Bits that must be zero are set: these.
  case reservedBits(UInt64)
  /// The table could not be read.
  case unreadable(MemoryFault)
  /// While enumerating: the table is its own ancestor, so that following it would never end.
  case loop
  /// While enumerating: the limit on tables was reached; what follows was not looked at.
  case limit
}
