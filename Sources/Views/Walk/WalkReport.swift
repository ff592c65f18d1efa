import PageTables

/// One address's walk, ready to be shown: `pagewalk.walk/1`.
public struct WalkReport: JSONReport, Sendable {
  public static let schema = "pagewalk.walk/1"

  public struct Process: Encodable, Sendable {
    public var pid: Int
    public var command: String
  }

  /// Linux's own view, where it differs from the hardware's.
  public struct LinuxView: Encodable, Sendable {
    public var state: String
    public var physical: JSONAddress?
    public var swapType: UInt64?
    public var swapOffset: UInt64?
  }

  /// Linux's own entry beside the hardware's.
  public struct LinuxEntry: Encodable, Sendable {
    public var index: UInt64
    public var entryAddress: JSONAddress
    public var entryKernelAddress: JSONAddress?
    /// Absent where Linux's entry is the hardware's, seen as part of a pair.
    public var entry: JSONAddress?
    public var flags: [String]?
  }

  public struct Step: Encodable, Sendable {
    public var level: String
    public var architectureName: String
    /// Levels whose entry is this very entry.
    public var folded: [String]?
    public var index: UInt64
    public var table: JSONAddress
    public var entryAddress: JSONAddress
    /// The entry's address in the kernel's linear map, where that is known.
    public var entryKernelAddress: JSONAddress?
    public var entry: JSONAddress
    public var meaning: String
    /// The architecture's name for such an entry.
    public var kind: String?
    public var next: JSONAddress?
    public var flags: [String]
    /// The rights that are left after this level.
    public var access: String?
    public var linux: LinuxEntry?
    var accessColumns: String?
    var explanation: String?

    enum CodingKeys: String, CodingKey {
      case level, architectureName, folded, index, table, entryAddress, entryKernelAddress, entry, meaning
      case kind, next, flags, access, linux
    }
  }

  public var source: String
  public var format: String
  public var root: JSONAddress
  public var process: Process?
  public var virtual: JSONAddress
  public var outcome: String
  public var reason: String?
  public var physical: JSONAddress?
  public var pageSize: UInt64?
  public var access: String?
  public var alsoLinux: LinuxView?
  public var steps: [Step]
  /// The bytes at the address, in memory order.
  public var value: String?
  /// Where the root and the format come from.
  public var evidence: String
  /// Why the walk stopped, as a sentence.
  public var explanation: String?
  /// The kernels as whose a not-present entry was read, and why.
  public var kernelEra: String?
  /// What else Linux may mean by it, where it is not known how the kernel was built.
  public var alternatives: [String]?

  var page: JSONAddress?
  var pageKernelAddress: UInt64?
  var physicalKernelAddress: UInt64?
  var rootKernelAddress: UInt64?
  var valueBytes: [UInt8]?
  var valueFault: MemoryFault?
  var addressDigits = 16
  var byteOrder = ByteOrder.little

  enum CodingKeys: String, CodingKey {
    case source, format, root, process, virtual, outcome, reason, physical, pageSize, access, alsoLinux
    case steps, value, evidence, explanation, kernelEra, alternatives
  }

  /// Whether the address is mapped.
  public var isMapped: Bool { outcome == "mapped" }
  /// Whether memory that the walk needed could not be read.
  public var isUnreadable: Bool { outcome == "unreadable" }
}
