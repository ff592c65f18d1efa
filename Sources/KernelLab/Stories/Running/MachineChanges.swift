/// What one action changed in the machine.
public struct MachineChanges: Hashable, Sendable {
  /// An entry of a page table.
  public struct Entry: Hashable, Sendable {
    /// `kernel`, or the process whose table it is.
    public var owner: String
    /// Linux's name of the level.
    public var level: String
    public var index: UInt64
    /// The first address that the entry serves.
    public var address: UInt64
    public var entryAddress: UInt64
    public var old: UInt64
    public var new: UInt64
    /// Whether this is Linux's own word, which stands beside the hardware's (ARM).
    public var isLinux: Bool
  }

  /// A table that came or went.
  public struct Table: Hashable, Sendable {
    public var owner: String
    public var level: String
    public var address: UInt64
    public var isNew: Bool
  }

  /// Frames that came into use, or went out of it.
  public struct Frame: Hashable, Sendable {
    public var frame: UInt64
    public var count: Int
    public var kind: FrameDescriptor.Kind
    public var isAllocated: Bool
  }

  /// A translation that a TLB took up or forgot.
  public struct Translation: Hashable, Sendable {
    public var cpu: Int
    public var address: UInt64
    public var physical: UInt64
    public var sizeBits: UInt8
    public var isGlobal: Bool
    public var isNew: Bool
  }

  /// What is counted of a process.
  public struct Measure: Hashable, Sendable {
    public var pid: Int
    public var name: String
    public var old: UInt64
    public var new: UInt64
  }

  public var entries: [Entry] = []
  public var tables: [Table] = []
  public var frames: [Frame] = []
  public var translations: [Translation] = []
  public var counters: [CounterChange] = []
  public var measures: [Measure] = []

  public var isEmpty: Bool { self == MachineChanges() }
}
