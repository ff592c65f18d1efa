/// Linux's own entry of a level, where it keeps one beside the hardware's.
@frozen
public struct SoftwareStep: Hashable, Sendable {
  /// What Linux's entry says.
  @frozen
  public enum State: Hashable, Sendable {
    case present(PhysicalAddress, Access)
    case notPresent(NotPresentState)
    case unreadable(MemoryFault)
  }

  public var entryAddress: PhysicalAddress
  public var entry: UInt64
  public var state: State
}
