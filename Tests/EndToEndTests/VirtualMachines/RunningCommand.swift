import Foundation
import Testing

/// A `pagewalk` that goes on running while a test does something.
final class RunningCommand {
  private let process = Process()
  private let folder: TemporaryFolder
  private let input = Pipe()
  private var output: String { folder.path + "/output" }

  init(_ arguments: [String]) throws {
    folder = try TemporaryFolder()
    process.executableURL = URL(fileURLWithPath: try Command.path())
    process.arguments = arguments
    process.standardInput = input
    process.standardOutput = FileHandle(forWritingAtPath: folder.write([], "output"))
    process.standardError = FileHandle(forWritingAtPath: folder.write([], "errors"))
    try process.run()
  }

  deinit { if process.isRunning { process.terminate() } }

  /// What it has printed so far.
  func lines() throws -> [String] {
    let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: output)), as: UTF8.self)
    // The last piece has no end yet.
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  /// Waits until it has printed what passes a test; nil if two minutes pass, or it ends, before that.
  func wait(until isThere: ([String]) -> Bool) throws -> [String]? {
    let end = ContinuousClock.now + .seconds(120)
    while ContinuousClock.now < end {
      let wasRunning = process.isRunning
      let lines = try lines()
      if isThere(lines) { return lines }
      guard wasRunning else { return nil }
      Thread.sleep(forTimeInterval: 0.01)
    }
    return nil
  }

  func type(_ text: String) throws { try input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }
  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits for its end; the signal that ended it, or its status.
  func end() -> (reason: Process.TerminationReason, status: Int32) {
    process.waitUntilExit()
    return (process.terminationReason, process.terminationStatus)
  }
}
