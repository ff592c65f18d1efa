/// One thing that the machine did on the way of an action: what "explain" tells.
public enum Event: Hashable, Sendable {
  /// A translation came from the TLB.
  case tlbHit(cpu: Int, address: UInt64, physical: UInt64)
  /// The processor walked the tables to a page.
  case walked(cpu: Int, address: UInt64, physical: UInt64, entryCount: Int)
  /// The processor raised a fault.
  case faulted(cpu: Int, PageFault)
  /// The kernel took a branch: a sentence for people.
  case decided(String)
  /// A frame came into use, or went out of it.
  case allocated(frame: UInt64, purpose: String)
  case freed(frame: UInt64)
  /// An entry changed.
  case wrote(depth: Int, address: UInt64, entryAddress: UInt64, old: UInt64, new: UInt64)
  /// Translations were forgotten.
  case flushed(cpu: Int, reason: String)
  case signalled(pid: Int, Signal)
}
