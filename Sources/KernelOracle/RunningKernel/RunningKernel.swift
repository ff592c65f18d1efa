internal import CKernelAgent
internal import Glibc

/// The kernel that runs this program, as judge: it does programs for real, in processes made for it, and says
/// after every operation what is seen of them.
///
/// An agent is a process of one page of code and a shared control area; whatever else is in its address space a
/// program has put there. Linux 5.3 or later, pages of 4 KiB, x86-64 or arm64; `/proc` must be mounted.
/// Without CAP_SYS_ADMIN frames are not seen. Belongs to one thread at a time.
public final class RunningKernel {
  public let conditions: Conditions
  let agents: AgentSet
  private var eyes: Eyes
  private var files: [ProcessFiles?]
  private var hasBegun = false

  /// What may be chosen.
  public struct Options: Sendable {
    /// Where resident sizes are read from; nil: from `status` if it is exact on this kernel.
    public var counterSource: Conditions.CounterSource?
    /// Which processor all runs on.
    public var processor: Processor
    /// Whether the mark of written pages is shown, where the kernel keeps it.
    public var showsSoftDirty: Bool
    /// How long an agent may take for one operation.
    public var waitSeconds: Int

    public init(
      counterSource: Conditions.CounterSource? = nil, processor: Processor = .current,
      showsSoftDirty: Bool = false, waitSeconds: Int = 20
    ) {
      self.counterSource = counterSource
      self.processor = processor
      self.showsSoftDirty = showsSoftDirty
      self.waitSeconds = waitSeconds
    }
  }

  /// A choice of processors.
  public enum Processor: Hashable, Sendable {
    /// The one that this thread is on now; the thread stays there as long as the object lives.
    case current
    case number(Int)
    /// All that there are: slower.
    case any
  }

  /// Starts a first agent, to learn what can be seen.
  public init(_ options: Options = Options()) throws(OracleError) {
    do throws(AgentFailure) {
      agents = try AgentSet(waitMilliseconds: UInt32(clamping: max(1, options.waitSeconds)) &* 1000)
      switch options.processor {
      case .current: agents.pin(to: nil)
      case .number(let number): agents.pin(to: Int32(clamping: number))
      case .any: break
      }
      try agents.start()
    } catch { throw .cannotStart(error) }
    var eyes = Eyes(
      pageSizeBytes: UInt64(KERNEL_AGENT_PAGE_BYTES),
      shown: Self.code.upperBound..<agents.userEnd, entryMask: .max)
    conditions = try Conditions(of: agents, options, &eyes)
    if conditions.softDirty != .kept { eyes.entryMask &= ~PageEntry.softDirty }
    self.eyes = eyes
    files = Array(repeating: nil, count: MemoryOperation.slotCount)
  }

  /// Whether frames' numbers are seen.
  public var canSeeFrames: Bool { conditions.framesVisible }

  /// How often any process of the system was given small pages for want of a huge one; nil if it is not told.
  public var hugePageFallbackCount: UInt64? { Conditions.hugePageFallbackCount }

  /// Begins a program: ends every process, and starts one in slot 0, with empty files.
  public func start() throws(OracleError) -> Observation {
    hasBegun = false
    for slot in files.indices { files[slot] = nil }
    do throws(AgentFailure) { try agents.start() } catch { throw .cannotStart(error) }
    eyes.inodes = try Self.inodes(of: agents)
    try follow(0)
    hasBegun = true
    return Observation(step: nil, processes: try look())
  }

  /// Does one operation and looks at every process.
  public func perform(_ operation: MemoryOperation) throws(OracleError) -> Observation {
    let outcome = try run(operation)
    return Observation(step: .init(operation: operation, outcome: outcome), processes: try look())
  }

  /// Does one operation and looks at nothing: several times as quick, and the outcome is exact all the same.
  public func run(_ operation: MemoryOperation) throws(OracleError) -> Outcome {
    guard hasBegun else { throw .noProgram }
    let outcome: Outcome
    do throws(AgentFailure) {
      outcome = Outcome(try agents.perform(operation.command))
    } catch {
      // What would have been refused has changed nothing; after anything else nobody knows.
      if error.reason != .range, error.reason != .slot { hasBegun = false }
      throw .cannotPerform(operation, error)
    }
    switch operation.action {
    case .exit: files[operation.slot] = nil
    case .fork(let child) where outcome.error == nil: try follow(child)
    default: break
    }
    return outcome
  }

  /// Looks at every process.
  public func look() throws(OracleError) -> [ProcessState] {
    var states: [ProcessState] = []
    for case let process? in files {
      try process.look(with: &eyes)
      states.append(process.state)
    }
    return states
  }

  /// Runs a whole program from a fresh process on, telling of every observation.
  public func run(_ program: Program, _ tell: (Observation) throws -> Void) throws {
    try tell(try start())
    for operation in program.operations { try tell(try perform(operation)) }
  }

  private func follow(_ slot: Int) throws(OracleError) {
    guard let process = agents.process(slot) else { throw .noProgram }
    files[slot] = try ProcessFiles(slot: slot, process: process, counters: conditions.counterSource)
  }

  /// The agent's own areas.
  public static let control =
    UInt64(
      KERNEL_AGENT_CONTROL)..<UInt64(
      KERNEL_AGENT_CONTROL + KERNEL_AGENT_CONTROL_BYTES)
  public static let code =
    UInt64(
      KERNEL_AGENT_TEXT)..<UInt64(
      KERNEL_AGENT_TEXT + KERNEL_AGENT_TEXT_BYTES)
}
