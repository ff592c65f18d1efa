/// A machine under the control of QEMU's gdb stub: registers by name, stubs run to a breakpoint, and the
/// monitor's commands.
final class Debugger {
  let process: QEMUProcess
  private var received: [UInt8] = []
  private var cursor = 0
  private var registers: [String: DebuggerRegister] = [:]

  /// How long one answer may take before QEMU is taken to hang.
  private static let answerSeconds = 180

  /// How many commands are on their way at once: enough to keep QEMU busy, and no more than a socket holds.
  private static let pipelineDepth = 64

  var ram: RAMFile { process.ram }

  /// Starts a machine, and reads which registers it has.
  init(_ executable: QEMUExecutable, cpu: String, image: RAMImage) throws(QEMUFailure) {
    process = try QEMUProcess(executable, cpu: cpu, image: image)
    registers = try TargetDescription(reading: self).registers
  }

  /// Ends the machine.
  func close() { process.close() }

  // MARK: Packets

  /// Sends one packet, and returns the answer's payload.
  func ask(_ packet: String) throws(QEMUFailure) -> String {
    try send([packet])
    return try answer()
  }

  /// Sends packets back to back. A packet acknowledges the answer before it.
  private func send(_ packets: [String]) throws(QEMUFailure) {
    var bytes: [UInt8] = []
    for packet in packets {
      let sum = packet.utf8.reduce(0 as UInt8, &+)
      let digits = hex(sum)
      bytes += [UInt8]("+$\(packet)#\(digits.count == 1 ? "0" : "")\(digits)".utf8)
    }
    do { try process.channel.send(bytes) } catch { throw process.failure(error.description) }
  }

  private func answer() throws(QEMUFailure) -> String {
    let deadline = Deadline(seconds: Self.answerSeconds)
    while try nextByte(deadline) != UInt8(ascii: "$") {}
    var payload: [UInt8] = []
    while case let byte = try nextByte(deadline), byte != UInt8(ascii: "#") {
      payload.append(byte)
    }
    _ = try nextByte(deadline)
    _ = try nextByte(deadline)
    return String(decoding: payload, as: UTF8.self)
  }

  private func nextByte(_ deadline: Deadline) throws(QEMUFailure) -> UInt8 {
    if cursor == received.count {
      do { received = try process.channel.receive(until: deadline) } catch {
        throw process.failure(error.description)
      }
      cursor = 0
    }
    defer { cursor += 1 }
    return received[cursor]
  }

  // MARK: Registers

  private func register(_ name: String) throws(QEMUFailure) -> DebuggerRegister {
    guard let register = registers[name] else {
      throw QEMUFailure("this QEMU has no register named \(name)")
    }
    return register
  }

  /// The value of a register, little-endian; bits above 64 are dropped.
  func read(register name: String) throws(QEMUFailure) -> UInt64 {
    let number = try register(name).number
    let answer = try ask("p\(hex(number))")
    guard let bytes = [UInt8](hexadecimal: answer), !bytes.isEmpty else {
      throw QEMUFailure("register \(name) reads as \"\(answer)\"")
    }
    return bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Writes a register, and reads it back: QEMU says `OK` to many writes it ignores.
  ///
  /// - Parameter mask: the bits that must have taken.
  func write(register name: String, _ value: UInt64, mask: UInt64 = .max) throws(QEMUFailure) {
    let register = try register(name)
    let bytes = [UInt8](littleEndian: [value]) + [UInt8](repeating: 0, count: 8)
    let digits = bytes.prefix(register.bitCount / 8).map { ($0 < 16 ? "0" : "") + hex($0) }.joined()
    let answer = try ask("P\(hex(register.number))=\(digits)")
    guard answer == "OK" else { throw QEMUFailure("register \(name) cannot be written: \"\(answer)\"") }
    let readBack = try read(register: name)
    let mask = register.bitCount < 64 ? mask & (1 << UInt64(register.bitCount) - 1) : mask
    guard readBack & mask == value & mask else {
      throw QEMUFailure("register \(name) was set to 0x\(hex(value)) and reads as 0x\(hex(readBack))")
    }
  }

  func write(registers: KeyValuePairs<String, UInt64>) throws(QEMUFailure) {
    for (name, value) in registers { try write(register: name, value) }
  }

  // MARK: Running

  /// Lets the CPU run from `start` until it is about to execute `end`.
  func run(programCounter: String, from start: UInt64, to end: UInt64) throws(QEMUFailure) {
    try write(register: programCounter, start)
    try expect("OK", of: "Z0,\(hex(end)),4")
    let stop = try ask("vCont;c")
    guard stop.hasPrefix("T05") || stop.hasPrefix("S05") else {
      throw process.failure("the CPU stopped with \"\(stop)\" on its way to 0x\(hex(end))")
    }
    let at = try read(register: programCounter)
    guard at == end else { throw process.failure("the CPU stopped at 0x\(hex(at)), not at 0x\(hex(end))") }
    try expect("OK", of: "z0,\(hex(end)),4")
  }

  private func expect(_ expected: String, of packet: String) throws(QEMUFailure) {
    let answer = try ask(packet)
    guard answer == expected else { throw process.failure("\"\(packet)\" is answered with \"\(answer)\"") }
  }

  // MARK: Monitor

  /// What the monitor says to each command, in order.
  func monitor(_ commands: [String]) throws(QEMUFailure) -> [String] {
    var texts: [String] = []
    texts.reserveCapacity(commands.count)
    for start in stride(from: 0, to: commands.count, by: Self.pipelineDepth) {
      let batch = commands[start..<min(start + Self.pipelineDepth, commands.count)]
      try send(batch.map { "qRcmd," + $0.utf8.map { hex($0) }.joined() })
      for command in batch { texts.append(try monitorAnswer(to: command)) }
    }
    return texts
  }

  private func monitorAnswer(to command: String) throws(QEMUFailure) -> String {
    var text: [UInt8] = []
    while true {
      let answer = try answer()
      if answer == "OK" { return String(decoding: text, as: UTF8.self) }
      guard answer.hasPrefix("O"), let bytes = [UInt8](hexadecimal: String(answer.dropFirst())) else {
        throw process.failure("the monitor's \"\(command)\" is answered with \"\(answer)\"")
      }
      text += bytes
    }
  }

  /// Where each address points as the CPU is set up now, by QEMU's own debugging walk; nil for unmapped.
  func physicalAddresses(of addresses: [UInt64]) throws(QEMUFailure) -> [UInt64?] {
    let texts = try monitor(addresses.map { "gva2gpa 0x\(hex($0))" })
    var answers: [UInt64?] = []
    answers.reserveCapacity(texts.count)
    for (address, text) in zip(addresses, texts) {
      let line = text.filter { !$0.isWhitespace }
      if line == "Unmapped" {
        answers.append(nil)
      } else if line.hasPrefix("gpa:"), let value = UInt64(hexadecimal: line.dropFirst(4)) {
        answers.append(value)
      } else {
        throw QEMUFailure("gva2gpa of 0x\(hex(address)) is answered with \"\(text)\"")
      }
    }
    return answers
  }
}
