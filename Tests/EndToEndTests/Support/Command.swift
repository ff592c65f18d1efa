import Foundation
import Testing

/// Runs the built `pagewalk`, which lies beside the test bundle.
enum Command {
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }
    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }

    /// The objects of the output, one a line.
    func objects() throws -> [[String: Any]] {
      try lines.map { line in
        try #require(
          JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "no object: \(line)")
      }
    }
  }

  struct NotBuilt: Error, CustomStringConvertible {
    let path: String
    var description: String { "\(path) is not there; build it with 'swift build'" }
  }

  static func path() throws -> String {
    let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    var folders = [tests.deletingLastPathComponent()]
    // `swift test` runs the bundle itself or a helper of the toolchain, whose arguments name the bundle.
    folders += CommandLine.arguments.dropFirst().filter { $0.contains(".xctest") }.map {
      URL(fileURLWithPath: $0.components(separatedBy: ".xctest")[0]).deletingLastPathComponent()
    }
    for folder in folders {
      let path = folder.appendingPathComponent("pagewalk").path
      if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw NotBuilt(path: folders[0].appendingPathComponent("pagewalk").path)
  }

  /// Runs `pagewalk` with arguments, and `input` as its standard input.
  static func run(_ arguments: String..., input: String = "") throws -> Outcome {
    try launch([path()] + arguments, input: input)
  }

  /// Runs a line of shell in which `$pagewalk` is the command.
  static func shell(_ line: String) throws -> Outcome {
    try launch(["/bin/bash", "-c", line], input: "", environment: ["pagewalk": path()])
  }

  private static func launch(
    _ words: [String], input: String, environment: [String: String] = [:]
  ) throws -> Outcome {
    let folder = try TemporaryFolder()
    let process = Process()
    // A command that hangs ends with status 124 instead of hanging the tests.
    process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
    process.arguments = ["60"] + words
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle(forReadingAtPath: folder.write(Array(input.utf8), "input"))
    // Files, not pipes: nobody has to read while the command runs.
    let output = folder.write([], "output")
    let errors = folder.write([], "errors")
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: try text(of: output), errors: try text(of: errors))
  }

  private static func text(of file: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
  }
}
