import Foundation
import Synchronization

/// A connection to QEMU's machine protocol: commands, one after the other, from any thread.
///
/// What comes back is not trusted: a line has at most ``lineLimitBytes``, an answer has to arrive in time
/// whatever arrives before it, and what is not JSON of the expected shape ends the conversation.
final class MachineProtocol: Sendable {
  /// `info mtree -f`, and the registers of two thousand processors, fit.
  static let lineLimitBytes = 8 << 20

  let channel: Channel
  /// QEMU's version, such as 7.2.22.
  let version: String
  private let answerTime: Duration
  private let state: Mutex<State>

  private struct State {
    var received: [UInt8] = []
    /// Why no command can be sent any more.
    var end: VirtualMachineError?
  }

  /// Connects, and goes through the greeting.
  ///
  /// - Parameters:
  ///   - greetingTime: how long QEMU may take to greet: at once, unless it talks to somebody else.
  ///   - answerTime: how long one command may take.
  init(
    _ address: SocketAddress, greetingTime: Duration = .seconds(5), answerTime: Duration = .seconds(30)
  ) throws(VirtualMachineError) {
    channel = try Channel(to: address, within: greetingTime)
    self.answerTime = answerTime
    var state = State()
    let line: [UInt8]
    do {
      line = try Self.line(of: channel, &state, until: Deadline(after: greetingTime))
    } catch {
      throw VirtualMachineError(
        "\(address)", "\(error.problem), and QEMU's greeting was awaited",
        advice: "QEMU talks to one program at a time over a socket: give it one of its own with "
          + "-qmp unix:PATH,server=on,wait=off")
    }
    guard case .greeting(let version)? = Self.message(line) else {
      throw VirtualMachineError(
        "\(address)", "no machine protocol: it begins with \(Self.excerpt(line))",
        advice: "name the socket of QEMU's -qmp option")
    }
    self.version = version
    self.state = Mutex(state)
    let _: NoAnswer = try ask("qmp_capabilities")
  }

  /// Sends a command, and returns what it returns.
  func ask<Answer: Decodable>(
    _ command: String, _ arguments: [String: ProtocolArgument] = [:], as type: Answer.Type = Answer.self
  ) throws(VirtualMachineError) -> Answer {
    let words = ProtocolCommand(execute: command, arguments: arguments)
    guard let request = try? JSONEncoder().encode(words) else {
      throw VirtualMachineError(channel.name, "'\(command)' cannot be written as JSON")
    }
    let outcome = state.withLock { converse([UInt8](request) + [0x0a], about: command, &$0) }
    switch outcome {
    case .broken(let error): throw error
    case .refused(let sentence):
      throw VirtualMachineError(
        channel.name, "QEMU refuses '\(command)': \(Self.excerpt([UInt8](sentence.utf8)))")
    case .answered(let line):
      guard let answer = try? JSONDecoder().decode(ProtocolAnswer<Answer>.self, from: Data(line)) else {
        throw VirtualMachineError(
          channel.name, "'\(command)' is answered with \(Self.excerpt(line)), which is not what QEMU returns")
      }
      return answer.content
    }
  }

  /// What came of a request.
  private enum Outcome {
    case answered([UInt8])
    case refused(String)
    case broken(VirtualMachineError)
  }

  /// The answer to a request. After one that does not come, no other is sent: it would get the late one.
  private func converse(_ request: [UInt8], about command: String, _ state: inout State) -> Outcome {
    if let end = state.end { return .broken(end) }
    let deadline = Deadline(after: answerTime)
    do throws(VirtualMachineError) {
      try channel.send(request, until: deadline)
      while true {
        let line = try Self.line(of: channel, &state, until: deadline)
        switch Self.message(line) {
        case .answer: return .answered(line)
        case .refusal(let sentence): return .refused(sentence)
        case .event: continue
        case .greeting, nil:
          throw VirtualMachineError(channel.name, "'\(command)' is answered with \(Self.excerpt(line))")
        }
      }
    } catch {
      state.end = error
      return .broken(error)
    }
  }

  private static func message(_ line: [UInt8]) -> ProtocolMessage? {
    try? JSONDecoder().decode(ProtocolMessage.self, from: Data(line))
  }

  /// The next line, without its end.
  private static func line(
    of channel: Channel, _ state: inout State, until deadline: Deadline
  ) throws(VirtualMachineError) -> [UInt8] {
    var searched = 0
    while true {
      if let end = state.received[searched...].firstIndex(of: 0x0a) {
        let line = Array(state.received[..<end])
        state.received.removeFirst(end + 1)
        return line
      }
      searched = state.received.count
      guard searched < lineLimitBytes else {
        throw VirtualMachineError(
          channel.name, "a line of over \(lineLimitBytes >> 20) MiB, which QEMU never sends")
      }
      state.received += try channel.receive(until: deadline)
    }
  }

  private static func excerpt(_ line: [UInt8]) -> String {
    guard !line.isEmpty else { return "an empty line" }
    let text = String(decoding: line.prefix(60), as: UTF8.self)
    let printable = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? "?" : "\($0)" }.joined()
    return "'\(printable)\(line.count > 60 ? "..." : "")'"
  }
}
