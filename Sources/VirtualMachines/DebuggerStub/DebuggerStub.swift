import Synchronization

/// A connection to QEMU's debugger stub (gdb's remote protocol). To connect stops a machine that runs: whoever
/// connects stops it first and lets it go on afterwards.
///
/// Answers are not trusted: a packet has a limit, and a time to arrive in.
final class DebuggerStub: Sendable {
  /// QEMU's packets have at most 4096 bytes of payload (gdbstub.c, MAX_PACKET_LENGTH).
  private static let packetLimitBytes = 1 << 16
  /// How many requests are under way at once: enough to keep QEMU busy, and no more than a socket's buffers hold.
  private static let pipelineDepth = 64
  /// Bytes of memory that one packet asks for: two digits a byte.
  static let readLimitBytes = 2000

  private let channel: Channel
  private let answerTime: Duration
  private let state: Mutex<State>
  private let description: Mutex<TargetDescription?>

  private struct State {
    var received: [UInt8] = []
    var end: VirtualMachineError?
  }

  /// Connects.
  init(_ address: SocketAddress, answerTime: Duration = .seconds(30)) throws(VirtualMachineError) {
    channel = try Channel(to: address, within: .seconds(5))
    self.answerTime = answerTime
    state = Mutex(State())
    description = Mutex(nil)
    let features = try ask(["qSupported:xmlRegisters=i386,arm,aarch64,riscv;qXfer:features:read+"])
    guard features.first?.contains("qXfer:features:read+") == true else {
      throw VirtualMachineError(channel.name, "is not QEMU's debugger stub: it describes no registers")
    }
  }

  /// Ends the conversation: what is asked after this fails, and is not sent. A machine that runs would be stopped by it.
  func end() {
    state.withLock { $0.end = $0.end ?? VirtualMachineError(channel.name, "the debugger stub was left") }
    channel.hangUp()
  }

  /// The registers that there are.
  func target() throws(VirtualMachineError) -> TargetDescription {
    if let known = description.withLock({ $0 }) { return known }
    let found = try TargetDescription { file, offset throws(VirtualMachineError) in
      try ask(["qXfer:features:read:\(file):\(String(offset, radix: 16)),ffb"])[0]
    }
    description.withLock { $0 = found }
    return found
  }

  /// A processor's registers by lower-case name, as far as there are such and they have at most 64 bits.
  func registers(_ names: Set<String>, ofCPU cpu: Int) throws(VirtualMachineError) -> [String: UInt64] {
    let numbers = try target().numbers.filter { names.contains($0.key) }.sorted { $0.key < $1.key }
    // Threads are processors, from 1.
    guard try ask(["Hg\(String(cpu + 1, radix: 16))"])[0] == "OK" else {
      throw VirtualMachineError(channel.name, "the debugger stub has no CPU \(cpu)")
    }
    let answers = try ask(numbers.map { "p" + String($0.value, radix: 16) })
    var values: [String: UInt64] = [:]
    for (register, answer) in zip(numbers, answers) {
      guard let bytes = Self.bytes(answer), (1...8).contains(bytes.count) else { continue }
      values[register.key] = bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    return values
  }

  /// Has `m` mean physical addresses, or virtual ones again.
  func usePhysicalAddresses(_ isOn: Bool) throws(VirtualMachineError) {
    guard try ask(["Qqemu.PhyMemMode:\(isOn ? 1 : 0)"])[0] == "OK" else {
      throw VirtualMachineError(channel.name, "this QEMU's debugger stub reads virtual addresses only")
    }
  }

  /// Bytes of physical memory; what is not RAM reads as zero, so ask for RAM only.
  func memory(at address: UInt64, count: Int) throws(VirtualMachineError) -> [UInt8] {
    var requests: [String] = []
    var sizes: [Int] = []
    var done = 0
    while done < count {
      let part = min(Self.readLimitBytes, count - done)
      requests.append("m\(String(address &+ UInt64(done), radix: 16)),\(String(part, radix: 16))")
      sizes.append(part)
      done += part
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    for (answer, size) in zip(try ask(requests), sizes) {
      guard let part = Self.bytes(answer), part.count == size else {
        throw VirtualMachineError(channel.name, "memory is answered with '\(answer.prefix(40))'")
      }
      bytes += part
    }
    return bytes
  }

  /// The answers to packets, which are sent back to back.
  private func ask(_ packets: [String]) throws(VirtualMachineError) -> [String] {
    let result = state.withLock { state -> Result<[String], VirtualMachineError> in
      if let end = state.end { return .failure(end) }
      do throws(VirtualMachineError) {
        var answers: [String] = []
        for start in stride(from: 0, to: packets.count, by: Self.pipelineDepth) {
          let batch = packets[start..<min(start + Self.pipelineDepth, packets.count)]
          let deadline = Deadline(after: answerTime)
          try channel.send(batch.flatMap(Self.encoded), until: deadline)
          for _ in batch { answers.append(try answer(&state, until: deadline)) }
        }
        return .success(answers)
      } catch {
        state.end = error
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// A packet, after the acknowledgement of the answer before it.
  private static func encoded(_ packet: String) -> [UInt8] {
    let sum = packet.utf8.reduce(0 as UInt8, &+)
    let digits = String(sum, radix: 16)
    return [UInt8]("+$\(packet)#\(digits.count == 1 ? "0" : "")\(digits)".utf8)
  }

  /// The next packet's payload; what says that the machine has stopped is no answer.
  private func answer(_ state: inout State, until deadline: Deadline) throws(VirtualMachineError) -> String {
    while true {
      while state.received.firstIndex(of: UInt8(ascii: "$")) == nil {
        state.received = try channel.receive(until: deadline)
      }
      let start = state.received.firstIndex(of: UInt8(ascii: "$")) ?? 0
      state.received.removeFirst(start + 1)
      var searched = 0
      while true {
        if let end = state.received[searched...].firstIndex(of: UInt8(ascii: "#")),
          state.received.count >= end + 3
        {
          let payload = Self.unescaped(state.received[..<end])
          state.received.removeFirst(end + 3)
          if payload.hasPrefix("T") || payload.hasPrefix("S0") { break }
          return payload
        }
        searched = state.received.firstIndex(of: UInt8(ascii: "#")) ?? state.received.count
        guard state.received.count < Self.packetLimitBytes else {
          throw VirtualMachineError(
            channel.name, "a packet of over \(Self.packetLimitBytes >> 10) KiB, which QEMU never sends")
        }
        state.received += try channel.receive(until: deadline)
      }
    }
  }

  /// A brace is followed by a byte that has one bit turned.
  private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
    guard bytes.contains(UInt8(ascii: "}")) else { return String(decoding: bytes, as: UTF8.self) }
    var result: [UInt8] = []
    var isEscaped = false
    for byte in bytes {
      if isEscaped {
        result.append(byte ^ 0x20)
        isEscaped = false
      } else if byte == UInt8(ascii: "}") {
        isEscaped = true
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func bytes(_ digits: String) -> [UInt8]? {
    let text = Array(digits.utf8)
    guard text.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    for index in stride(from: 0, to: text.count, by: 2) {
      guard let high = digit(text[index]), let low = digit(text[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func digit(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
