public import PageTables

/// All that reaches one frame.
public struct FrameUse: Hashable, Sendable {
  /// What a frame is, as far as its use tells.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// It holds page tables.
    case pageTable = "page-table"
    /// Several processes map it.
    case shared
    /// One process maps it.
    case process
    /// Only the kernel maps it, and may execute it.
    case kernelExecutable = "kernel-executable"
    /// Only the kernel maps it: its own data, cached files, or free memory.
    case kernel
    /// No table leads to it.
    case unmapped
  }

  /// The frame's first byte.
  public var physical: PhysicalAddress
  /// The tables that lie in it, top level first.
  public var tables: [TableUse]
  /// Where it is mapped: processes first, by PID, then the kernel; each in address order.
  public var mappings: [FrameMapping]
  /// Whether there is more than could be told: forged tables can map a frame more often than there is time.
  public var isComplete: Bool

  public init(
    physical: PhysicalAddress, tables: [TableUse], mappings: [FrameMapping], isComplete: Bool
  ) {
    self.physical = physical
    self.tables = tables
    self.mappings = mappings
    self.isComplete = isComplete
  }

  /// What the frame is. Its tables come first: the kernel's linear map has every frame of RAM, too.
  public var kind: Kind {
    if !tables.isEmpty { return .pageTable }
    let pids = Set(mappings.compactMap { $0.process?.pid })
    if pids.count > 1 { return .shared }
    if pids.count == 1 { return .process }
    if mappings.isEmpty { return .unmapped }
    return mappings.contains { $0.access.contains(.kernelExecute) } ? .kernelExecutable : .kernel
  }
}
