import Foundation
import Synchronization
import Testing

/// A guest that runs in QEMU beside the tests (`scripts/guests serve`): it is told what to do, and asked what QEMU
/// itself knows. It ends with the tests.
final class ServedGuest: CustomTestStringConvertible, Sendable {
  /// A guest, and what its RAM is kept in.
  struct Kind: Sendable {
    var name: String
    /// `file`, `memfd` or `plain`.
    var memory: String
    /// Whether its kernel has transparent huge pages.
    var hasHugePages: Bool
  }

  /// One of each architecture, and every kind of memory.
  static let kinds = [
    Kind(name: "amd64", memory: "file", hasHugePages: true),
    Kind(name: "arm64", memory: "memfd", hasHugePages: true),
    Kind(name: "armhf", memory: "memfd", hasHugePages: false),
    Kind(name: "riscv64", memory: "plain", hasHugePages: true),
  ]

  /// All of them, starting side by side when the first one is asked for.
  static let all: [ServedGuest] = kinds.compactMap { try? ServedGuest($0) }

  /// Guests run where their packages are: where they were built; continuous integration has to have them.
  static var isExpected: Bool {
    let built = Set(KernelImage.all.map(\.name))
    return ProcessInfo.processInfo.environment["CI"] == "true" || kinds.allSatisfy { built.contains($0.name) }
  }

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// Where it is, once it is ready.
  struct Ready: Sendable {
    /// What it printed: `tasks`, `probe`, `maps`.
    var folder: String
    /// QEMU's machine protocol, for the command.
    var socket: String
    /// The process that loops in user mode.
    var child: Int
    /// What its memory is at: `pid`, `page`, `huge`, `size`.
    var steps: [String: UInt64]
  }

  let kind: Kind
  private let process: Process
  private let state: Mutex<State>

  private struct State {
    var input: FileHandle
    var output: FileHandle
    var buffer = Data()
    var ready: Ready?
  }

  var testDescription: String { "\(kind.name), RAM: \(kind.memory)" }

  private init(_ kind: Kind) throws {
    self.kind = kind
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized
    process = Process()
    // The guest boots in 20 s, and takes a minute for its tests; nobody waits for one that hangs.
    process.executableURL = URL(filePath: "/usr/bin/timeout")
    process.arguments = [
      "900", root.appending(path: "scripts/guests").path(percentEncoded: false), "serve", kind.name,
      kind.memory,
    ]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    state = Mutex(State(input: input.fileHandleForWriting, output: output.fileHandleForReading))
  }

  /// Waits until the guest is ready.
  func ready() throws -> Ready {
    try state.withLock { state in
      if let ready = state.ready { return ready }
      let words = try Self.line(&state).split(separator: " ").map(String.init)
      guard words.count >= 4, words[0] == "ready", let child = Int(words[3]) else {
        throw Failure(description: "\(kind.name) is not ready: \(words)")
      }
      var steps: [String: UInt64] = [:]
      for word in words[4...] {
        let parts = word.split(separator: "=")
        guard parts.count == 2 else { continue }
        steps[String(parts[0])] = UInt64(parts[1], radix: parts[0] == "pid" ? 10 : 16)
      }
      let ready = Ready(folder: words[1], socket: words[2] + "/test", child: child, steps: steps)
      state.ready = ready
      return ready
    }
  }

  /// Has the guest, or QEMU, do something; what is answered.
  @discardableResult
  func ask(_ command: String) throws -> [String] {
    _ = try ready()
    return try state.withLock { state in
      try state.input.write(contentsOf: Data((command + "\n").utf8))
      let line = try Self.line(&state)
      guard line == "ok" || line.hasPrefix("ok ") else {
        throw Failure(description: "\(kind.name): '\(command.prefix(60))': \(line)")
      }
      return line.split(separator: " ").dropFirst().map(String.init)
    }
  }

  /// A text that the guest printed.
  func printed(_ name: String) throws -> String {
    try String(contentsOfFile: "\(try ready().folder)/\(name)", encoding: .utf8)
  }

  /// The source's name for the command.
  func source() throws -> String { "qemu:\(try ready().socket)" }

  private static func line(_ state: inout State) throws -> String {
    while true {
      if let end = state.buffer.firstIndex(of: 10) {
        let line = String(decoding: state.buffer[..<end], as: UTF8.self)
        state.buffer = Data(state.buffer[(end + 1)...])
        return line
      }
      let more = state.output.availableData
      guard !more.isEmpty else { throw Failure(description: "a guest has ended; see scripts/guests serve") }
      state.buffer += more
    }
  }
}
