/// One workload on many machines: how each kernel brings a late vmalloc area to its processes, and what that
/// costs.
public struct LabMatrix: Sendable {
  /// How one process fared.
  public struct Process: Hashable, Sendable {
    public enum Role: String, Sendable {
      /// Did not run between the area's making and the end.
      case slept
      /// Was switched to once after the area was made.
      case ran
      /// Was made after the area.
      case late
    }

    public var pid: Int
    public var role: Role
    /// First addresses of the first-level entries that the master had and the process lacked, when the area was
    /// made, when those that ran had run, and at the end. Hardware entries: ARM's pair is two.
    public var missingAtFirst: [UInt64]
    public var missingAfterRunning: [UInt64]
    public var missingAtEnd: [UInt64]
    /// vmalloc faults of its reads.
    public var faultCount: UInt64
    /// Reads that ended in an oops.
    public var oopsCount: Int
  }

  /// One machine's line of the table.
  public struct Row: Hashable, Sendable {
    public var profile: String
    public var release: String
    public var policy: VmallocPolicy
    public var processes: [Process]
    /// vmalloc faults, and the entries that they copied.
    public var faultCount: UInt64
    public var faultedEntryCount: UInt64
    /// Entries that were copied without a fault, and the roots that were looked at for it: once for each entry,
    /// or once a switch.
    public var synchronisedEntryCount: UInt64
    public var visitedRootCount: UInt64
    /// Pairs of process and entry that a process could have faulted on: when the area was made, when those that
    /// ran had run, and at the end.
    public var staleCountAtFirst: Int
    public var staleCountAfterRunning: Int
    public var staleCountAtEnd: Int
    public var oopsCount: Int
    /// The master's first-level entries that the area needed.
    public var changedMasterEntryCount: Int
    /// Page tables of the second level that there are for vmalloc and modules whether or not anything is mapped.
    public var preallocatedTableCount: Int
    public var inconsistencies: [Inconsistency]

    /// Writes to top-level entries of processes: by faults and without.
    public var topLevelWriteCount: UInt64 { faultedEntryCount &+ synchronisedEntryCount }
  }

  /// Why a machine has no line.
  public struct Failure: Hashable, Sendable {
    public var profile: String
    public var reason: String
  }

  public let workload: LabWorkload
  public private(set) var rows: [Row] = []
  public private(set) var failures: [Failure] = []

  /// Runs the workload on each machine.
  public init(_ profiles: [Profile] = Profile.all, workload: LabWorkload = LabWorkload()) {
    self.workload = workload
    for profile in profiles {
      do {
        rows.append(try LabMatrix.run(profile, workload))
      } catch {
        failures.append(Failure(profile: profile.name, reason: "\(error)"))
      }
    }
  }
}
