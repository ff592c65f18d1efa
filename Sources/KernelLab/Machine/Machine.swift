public import PageTableEditing
internal import PageTables

/// A simulated machine with a booted Linux memory manager: RAM with real page tables in it, processors,
/// tasks, and the kernel's own page table.
///
/// ```swift
/// var machine = try Machine.boot(.x86_64)
/// let task = try machine.spawn("init")
/// ```
///
/// It is deterministic: the same calls give the same RAM, byte for byte. It is a value without copies; all
/// its state is in it, so that the path of an access has neither locks nor reference counts.
public struct Machine: ~Copyable {
  let constants: MachineConstants
  /// RAM: what `Walker` reads.
  public internal(set) var memory: SparseMemory
  public internal(set) var frames: FrameAllocator
  public internal(set) var cpus: [CPU]
  public internal(set) var kernel: Kernel
  public internal(set) var highMemory: HighMemory
  public internal(set) var swap: SwapSpace
  public internal(set) var reclaim = ReclaimState()
  public internal(set) var hugePages = HugePagePool()
  /// All tasks that have not been waited for, by PID.
  public internal(set) var tasks: [Int: Task] = [:]
  public internal(set) var counters = Counters()
  /// Who holds which lock; off unless asked for.
  public var locks = LockChecker()
  /// What happened, for those who ask; see `record`.
  public internal(set) var log = EventLog()

  let geometries: [LevelGeometry]
  /// The ranges of addresses that have a root, as the format has them.
  let regions: [Region]
  /// Leaves as masks, by depth.
  let leaves: [LeafRules]
  var rightsCache: RightsCache
  /// The access bits that tables have that the editor makes, by depth: such tables restrict nothing.
  let plainTableBits: [UInt64]
  /// log2 of the bytes of address space that one allocation of tables serves, by the tables' depth (of the
  /// root: all). ARM's two neighbouring tables are one allocation.
  let tableSpanBits: [UInt64]
  /// How many neighbouring entries of the level above name one allocation, by the tables' depth.
  let tableGroupCounts: [UInt64]
  /// Some process has locked memory: pages may wait in the lists by which their state is changed.
  var hasLockedMemory = false
  /// The frame of the page of zeros.
  let zeroFrame: UInt64
  var nextPID = 1
  var nextSpaceID: UInt32 = 1

  public var profile: Profile { constants.profile }
  public var layout: KernelLayout { constants.layout }
  var format: EditingFormat { constants.format }
  var codec: EntryCodec { constants.codec }

  public var pageSizeBits: UInt64 { UInt64(profile.format.pageSizeBits) }
  public var pageByteCount: UInt64 { 1 << pageSizeBits }
  /// The CPU that the kernel's code runs on: that of the last switch, fault or scenario line.
  public var actingCPU: Int {
    get { locks.cpu }
    set { if cpus.indices.contains(newValue) { locks.cpu = newValue } }
  }

  var lastDepth: Int { geometries.count - 1 }
}
