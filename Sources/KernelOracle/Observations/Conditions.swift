/// What has to be known to compare what was seen: on which kernel, with which constants, how well.
public struct Conditions: Hashable, Sendable {
  /// `uname -r`.
  public var release: String
  /// `uname -m` of the program that looked.
  public var architecture: String
  public var pageSizeBytes: UInt64
  /// How the page tables were found to be made: the kernel says it nowhere, and one architecture may have several.
  public var lastTable: PageTable
  /// The first address above user addresses.
  public var userEnd: UInt64
  /// The agent's own areas, which no operation may reach: the area it shares with its driver, and its code. The
  /// break begins behind the code.
  public var control: Range<UInt64>
  public var code: Range<UInt64>
  /// The limit of an area that grows down (`RLIMIT_STACK`).
  public var stackLimitBytes: UInt64
  /// The limit of locked memory (`RLIMIT_MEMLOCK`), which does not bind a process with CAP_IPC_LOCK; nil if
  /// there is none.
  public var lockLimitBytes: UInt64?
  /// The word in brackets of `/sys/kernel/mm/transparent_hugepage/enabled`; nil on a kernel without huge pages.
  public var hugePages: String?
  /// Where the resident sizes come from.
  public var counterSource: CounterSource
  /// Whether frames' numbers are seen, which needs CAP_SYS_ADMIN; else they are 0.
  public var framesVisible: Bool
  public var softDirty: SoftDirty
  /// An agent's counters before it has done anything.
  public var base: Counters
  /// Whatever whoever recorded wants to say, such as the name of a guest; each of one line.
  public var notes: [String]

  /// Which file resident sizes are read from. `status` is quicker, but on some kernels behind by up to 64 pages
  /// a task (Linux 6.1) or a CPU.
  public enum CounterSource: String, Hashable, Sendable, CaseIterable {
    case status
    case rollup = "smaps_rollup"
  }

  /// A page table of the last level.
  public struct PageTable: Hashable, Sendable {
    /// How much of the address space it maps.
    public var spanBytes: UInt64
    /// What it counts in VmPTE; on ARM half of a page.
    public var countedBytes: UInt64

    public init(spanBytes: UInt64, countedBytes: UInt64) {
      self.spanBytes = spanBytes
      self.countedBytes = countedBytes
    }
  }

  /// What became of the mark of pages that were written.
  public enum SoftDirty: String, Hashable, Sendable, CaseIterable {
    /// The kernel does not keep it.
    case absent
    /// It does, but it was left out.
    case masked
    case kept
  }

  public init(
    release: String, architecture: String, pageSizeBytes: UInt64, lastTable: PageTable, userEnd: UInt64,
    control: Range<UInt64>, code: Range<UInt64>, stackLimitBytes: UInt64, lockLimitBytes: UInt64?,
    hugePages: String?, counterSource: CounterSource, framesVisible: Bool, softDirty: SoftDirty,
    base: Counters, notes: [String]
  ) {
    self.release = release
    self.architecture = architecture
    self.pageSizeBytes = pageSizeBytes
    self.lastTable = lastTable
    self.userEnd = userEnd
    self.control = control
    self.code = code
    self.stackLimitBytes = stackLimitBytes
    self.lockLimitBytes = lockLimitBytes
    self.hugePages = hugePages
    self.counterSource = counterSource
    self.framesVisible = framesVisible
    self.softDirty = softDirty
    self.base = base
    self.notes = notes
  }
}
