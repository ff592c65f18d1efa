import Foundation
import Testing

@testable import VirtualMachines

@Suite("The machine protocol, and servers that do not keep to it")
struct MachineProtocolTests {
  private func connect(
    _ server: FakeServer, greetingTime: Duration = .seconds(20), answerTime: Duration = .seconds(20)
  ) throws(VirtualMachineError) -> MachineProtocol {
    try MachineProtocol(.path(server.path), greetingTime: greetingTime, answerTime: answerTime)
  }

  @Test("events between a command and its answer are passed over")
  func events() throws {
    let server = try FakeServer(greeting: greeting) { number, _ in
      number == 0
        ? line(#"{"return": {}}"#)
        : line(#"{"timestamp": {"seconds": 1}, "event": "STOP"}"#) + line(#"{"return": {"running": true}}"#)
    }
    let connection = try connect(server)
    #expect(connection.version == "7.2.22")
    #expect(try connection.isRunning())
    #expect(server.received.count == 2)
    #expect(server.received[0].contains("qmp_capabilities"))
  }

  @Test("a command that QEMU refuses is an error that says so, and the next one is answered")
  func refusal() throws {
    let server = try FakeServer(greeting: greeting) { number, _ in
      number == 1
        ? line(#"{"error": {"class": "GenericError", "desc": "no such thing"}}"#)
        : line(number == 0 ? #"{"return": {}}"# : #"{"return": {"running": false}}"#)
    }
    let connection = try connect(server)
    let error = #expect(throws: VirtualMachineError.self) { try connection.stop() }
    #expect(error?.problem.contains("no such thing") == true)
    #expect(try connection.isRunning() == false)
  }

  struct Greeting: CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var words: String
  }

  static let greetings = [
    Greeting(testDescription: "garbage", bytes: line("220 mail.example ESMTP"), words: "no machine protocol"),
    Greeting(testDescription: "no text", bytes: [0xff, 0xfe, 0, 1, 10], words: "no machine protocol"),
    Greeting(testDescription: "an empty line", bytes: [10], words: "no machine protocol"),
    Greeting(testDescription: "another object", bytes: line(#"{"QMP": 7}"#), words: "no machine protocol"),
    Greeting(testDescription: "an array", bytes: line("[1, 2]"), words: "no machine protocol"),
    Greeting(testDescription: "an answer", bytes: line(#"{"return": {}}"#), words: "no machine protocol"),
    Greeting(
      testDescription: "deep nesting", bytes: line(String(repeating: "[", count: 200_000)),
      words: "no machine protocol"),
    Greeting(
      testDescription: "an endless line", bytes: [UInt8](repeating: 0x7b, count: (8 << 20) + (1 << 17)),
      words: "a line of over 8 MiB"),
    Greeting(testDescription: "the end", bytes: [], words: "the connection was closed"),
  ]

  @Test("what is no greeting is an error of one line", arguments: greetings)
  func badGreeting(_ greeting: Greeting) throws {
    let server = try FakeServer(greeting: greeting.bytes, closes: true) { _, _ in nil }
    let error = #expect(throws: VirtualMachineError.self) { try connect(server) }
    let text = error?.description ?? ""
    #expect(text.contains(greeting.words), "\(text)")
    #expect(text.hasPrefix(server.path))
    #expect(!text.contains { $0.isNewline })
    #expect(text.count < 500)
  }

  @Test("silence ends: nobody greets")
  func silence() throws {
    let server = try FakeServer(greeting: []) { _, _ in nil }
    let error = #expect(throws: VirtualMachineError.self) {
      try connect(server, greetingTime: .milliseconds(50))
    }
    #expect(error?.description.contains("QEMU talks to one program at a time") == true)
  }

  struct Answer: CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]?
    var closes = false
  }

  static let answers = [
    Answer(testDescription: "garbage", bytes: line("what?")),
    Answer(testDescription: "a string for an object", bytes: line(#"{"return": "running"}"#)),
    Answer(testDescription: "a number for a truth", bytes: line(#"{"return": {"running": 1}}"#)),
    Answer(testDescription: "a member is missing", bytes: line(#"{"return": {}}"#)),
    Answer(testDescription: "null", bytes: line(#"{"return": null}"#)),
    Answer(testDescription: "an error of another shape", bytes: line(#"{"error": "none"}"#)),
    Answer(testDescription: "a second greeting", bytes: greeting),
    Answer(
      testDescription: "half a line, and the end", bytes: Array(#"{"return": {"run"#.utf8), closes: true),
    Answer(testDescription: "nothing", bytes: nil),
  ]

  @Test("an answer of the wrong shape, or none, is an error of one line", arguments: answers)
  func badAnswer(_ answer: Answer) throws {
    let server = try FakeServer(greeting: greeting) { number, _ in
      number == 0 ? line(#"{"return": {}}"#) : answer.bytes
    }
    // A line that does not end is awaited like one that does not begin.
    let waits = answer.bytes == nil || answer.closes
    let connection = try connect(server, answerTime: waits ? .milliseconds(50) : .seconds(20))
    let error = #expect(throws: VirtualMachineError.self) { try connection.isRunning() }
    #expect(error?.description.contains { $0.isNewline } == false)
  }

  @Test("a flood of events ends when the time for an answer is over")
  func flood() throws {
    let event = line(#"{"event": "NOISE"}"#)
    let server = try FakeServer(greeting: greeting) { number, _ in
      number == 0 ? line(#"{"return": {}}"#) : Array(repeatElement(event, count: 200_000).joined())
    }
    let connection = try connect(server, answerTime: .milliseconds(100))
    let error = #expect(throws: VirtualMachineError.self) { try connection.isRunning() }
    #expect(error?.problem == "no answer in time")
    // The late answer would be the next command's.
    #expect(throws: VirtualMachineError.self) { try connection.isRunning() }
  }

  @Test("nobody listens: the error names the socket")
  func nobody() {
    let error = #expect(throws: VirtualMachineError.self) {
      try MachineProtocol(.path("/tmp/pagewalk-no-such-socket"))
    }
    #expect(error?.description.hasPrefix("/tmp/pagewalk-no-such-socket: cannot be connected to") == true)
  }

  @Test("a socket's path that does not fit the system's structure is refused")
  func longPath() {
    let error = #expect(throws: VirtualMachineError.self) {
      try MachineProtocol(.path("/tmp/" + String(repeating: "x", count: 200)))
    }
    #expect(error?.problem.contains("at most 107 bytes") == true)
  }
}
