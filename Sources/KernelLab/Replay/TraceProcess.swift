import PageTables

/// A machine with one process that does what a trace tells, on the first CPU.
///
/// The trace says nothing of areas. So the process has one wherever it goes: an anonymous area of 2 MiB
/// (private, readable, writable, executable) is made when an address in it is used for the first time, and
/// neighbours become one. Pages come by faults, as always.
public struct TraceProcess: ReplayTarget, ~Copyable {
  public private(set) var machine: Machine
  private let task: Task
  private let start: Counters
  private let endOfUser: UInt64
  /// The areas that were made, by number of 2 MiB, and the last one of each kind of access.
  private var blocks: Set<UInt64> = []
  private var lastBlocks = InlineArray<4, UInt64>(repeating: .max)

  /// Accesses that the TLB did not have.
  public private(set) var missCount: UInt64 = 0
  /// Accesses that were left out: the address is no user's on this machine, or nothing can be mapped there.
  public private(set) var refusedCount: UInt64 = 0
  /// Why the process could not go on; what came afterwards was not done.
  public private(set) var stopReason: String?

  private static var blockBits: UInt64 { 21 }

  /// Boots a machine and starts the process.
  public init(_ profile: Profile) throws {
    self.init(try Self.started(profile))
  }

  private init(_ started: consuming Started) {
    task = started.task
    start = started.machine.counters
    endOfUser = started.machine.userEnd
    machine = started.machine
  }

  /// A machine that is known to be whole, since what cannot be copied cannot be half made.
  private struct Started: ~Copyable {
    var machine: Machine
    var task: Task
  }

  private static func started(_ profile: Profile) throws -> Started {
    var machine = try Machine.boot(profile)
    let task = try machine.spawn("trace")
    try machine.run(task)
    return Started(machine: machine, task: task)
  }

  @inline(__always)
  public mutating func access(_ address: UInt64, kind: TraceRecord.Kind, byteCount: Int) {
    let place = Int(kind.rawValue)
    if address &>> Self.blockBits != lastBlocks[place] {
      guard enter(address, place: place) else { return }
    }
    let walks = machine.counters.walks
    let outcome = machine.access(Self.kind(kind), at: address)
    if machine.counters.walks != walks { missCount &+= 1 }
    if case .completed = outcome { return }
    stop(outcome, at: address)
  }

  @inline(__always)
  private static func kind(_ kind: TraceRecord.Kind) -> MemoryAccess.Kind {
    switch kind {
    case .fetch: .execute
    case .read: .read
    case .write: .write
    }
  }

  /// Sees to it that there is an area; false if the access is left out.
  @inline(never)
  private mutating func enter(_ address: UInt64, place: Int) -> Bool {
    guard stopReason == nil else { return false }
    let block = address &>> Self.blockBits
    if !blocks.contains(block) {
      guard address < endOfUser else {
        refusedCount &+= 1
        return false
      }
      let first = block &<< Self.blockBits
      let count = min(1 &<< Self.blockBits, endOfUser &- first)
      let result = machine.mmap(
        task, at: first, byteCount: count, rights: [.read, .write, .execute],
        flags: [.private, .anonymous, .fixed])
      guard SystemError(result: result) == nil else {
        refusedCount &+= 1
        return false
      }
      blocks.insert(block)
    }
    lastBlocks[place] = block
    return true
  }

  @inline(never)
  private mutating func stop(_ outcome: AccessOutcome, at address: UInt64) {
    let what =
      switch outcome {
      case .completed: "it goes on"
      case .outOfMemory: "no frame is free: give the profile more RAM, as in x86-64,ram=4G"
      case .signal(let signal): "the process gets signal \(signal.number.rawValue)"
      case .oops(let fault): fault.reason
      }
    stopReason = "at 0x\(String(address, radix: 16)): \(what)"
    lastBlocks = InlineArray(repeating: .max)
  }

  // MARK: What came of it

  /// What the machine has done since the process was started.
  public func count(_ counter: KeyPath<Counters, UInt64>) -> UInt64 {
    machine.counters[keyPath: counter] &- start[keyPath: counter]
  }

  /// The process's page tables, in bytes, as VmPTE tells them.
  public var tableByteCount: UInt64 { task.space.map { machine.pageTableByteCount(of: $0) } ?? 0 }

  /// The process's pages in memory, in bytes.
  public var residentByteCount: UInt64 {
    UInt64(max(0, task.space?.usage.anonymousPages ?? 0)) &* machine.pageByteCount
  }

  public var areaCount: Int { task.space?.areas.reduce(0) { count, _ in count + 1 } ?? 0 }
}
