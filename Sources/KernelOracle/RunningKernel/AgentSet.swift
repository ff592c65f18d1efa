internal import CKernelAgent

/// The agents of the C target: owns them, ends them when it goes away.
///
/// Every pointer that is passed is to a variable of the caller's for the length of the call, or is the set
/// itself, which lives as long as this object.
@safe final class AgentSet {
  private let agents: OpaquePointer
  private var savedAffinity = [UInt8](repeating: 0, count: 128)
  private var pinnedThread: Int32?

  init(waitMilliseconds: UInt32) throws(AgentFailure) {
    var failure = kernel_agent_failure()
    guard let agents = unsafe kernel_agents_open(waitMilliseconds, &failure) else {
      throw AgentFailure(failure)
    }
    unsafe self.agents = agents
  }

  deinit {
    unsafe kernel_agents_close(agents)
    if let pinnedThread { unsafe kernel_agent_unpin(savedAffinity, pinnedThread) }
  }

  /// Confines this thread, and the agents that it starts, to one processor: handing over is twice as quick.
  /// What cannot be confined runs unconfined: the answers are the same.
  func pin(to processor: Int32?) {
    guard pinnedThread == nil else { return }
    var thread: Int32 = 0
    if unsafe kernel_agent_pin(processor ?? -1, &savedAffinity, &thread) == 0 { pinnedThread = thread }
  }

  func start() throws(AgentFailure) {
    var failure = kernel_agent_failure()
    guard unsafe kernel_agents_start(agents, &failure) != 0 else { throw AgentFailure(failure) }
  }

  func perform(_ operation: kernel_agent_operation) throws(AgentFailure) -> kernel_agent_outcome {
    var failure = kernel_agent_failure()
    var outcome = kernel_agent_outcome()
    var operation = operation
    guard unsafe kernel_agents_perform(agents, &operation, &outcome, &failure) != 0 else {
      throw AgentFailure(failure)
    }
    return outcome
  }

  /// The process in a slot, if one lives there.
  func process(_ slot: Int) -> Int32? {
    let process = unsafe kernel_agents_pid(agents, UInt32(slot))
    return process == 0 ? nil : process
  }

  var userEnd: UInt64 { unsafe kernel_agents_user_end(agents) }
  var stackLimitBytes: UInt64 { unsafe kernel_agents_stack_limit(agents) }

  /// A file's descriptor.
  func file(_ number: Int) -> Int32 { unsafe kernel_agents_file(agents, UInt32(number)) }
}
