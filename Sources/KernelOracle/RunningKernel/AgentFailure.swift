internal import CKernelAgent

/// Why agents could not be started, or did not do what they were told.
public struct AgentFailure: Error, Hashable, Sendable, CustomStringConvertible {
  public var reason: Reason
  /// `errno`, or 0.
  public var error: Int32
  /// What the reason's text asks for: a size, a signal, a slot.
  public var number: UInt64

  /// What was being tried.
  public enum Reason: UInt32, Hashable, Sendable, CaseIterable {
    case noAgentForThisProcessor = 1
    case pageSize
    case codeSize
    case noMemory
    case noMemoryFile
    case cannotWriteExecutable
    case cannotSpawn
    case cannotExecute
    case noProcessDescriptor
    case notReadyInTime
    case notAnsweredInTime
    case died
    case slot
    /// The operation would change the agent itself, or has an address that this machine has not.
    case range
  }

  init(_ failure: kernel_agent_failure) {
    reason = Reason(rawValue: failure.stage) ?? .noMemory
    error = failure.error
    number = failure.number
  }

  public var description: String {
    var text = CText.failure(reason.rawValue)
    switch reason {
    case .pageSize, .codeSize, .slot: text += ": \(number)"
    case .died: text += number == 0 ? ": none, it exited" : ": \(number)"
    default: break
    }
    if error != 0 { text += ": " + CText.error(error) }
    return text
  }
}
