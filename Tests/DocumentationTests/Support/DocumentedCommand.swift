import Foundation
import Testing

/// A command of a document with the output that the document promises.
struct DocumentedCommand: Sendable, CustomTestStringConvertible {
  let document: String
  let lineNumber: Int
  let command: String
  let expected: [String]
  /// The guest whose folder the command runs in; output is then compared without its numbers.
  let guest: String?

  var testDescription: String { "\(document):\(lineNumber): \(command)" }

  /// Every command of every document that is meant to be run.
  static let all: [DocumentedCommand] = Document.all.flatMap { path in
    ((try? Document(path))?.blocks ?? []).flatMap { commands(of: $0, in: path) }
  }

  private static func commands(of block: Document.Block, in path: String) -> [DocumentedCommand] {
    guard block.language == "sh", block.lines.first?.hasPrefix("$ ") == true,
      block.marker?.hasPrefix("not run: ") != true
    else { return [] }
    let guest = block.marker.flatMap { $0.hasPrefix("guest: ") ? String($0.dropFirst(7)) : nil }
    let starts = block.lines.indices.filter { block.lines[$0].hasPrefix("$ ") }
    return zip(starts, starts.dropFirst() + [block.lines.endIndex]).map { start, end in
      DocumentedCommand(
        document: path, lineNumber: block.lineNumber + start,
        command: String(block.lines[start].dropFirst(2)),
        expected: Array(block.lines[(start + 1)..<end]), guest: guest)
    }
  }

  /// Runs the command with the product of this build; standard error is part of what a reader sees.
  func output() throws -> [String] {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "exec 2>&1\n" + command.replacing("scripts/pagewalk", with: "pagewalk")]
    process.environment = [
      "PATH": Project.products.path(percentEncoded: false) + ":/usr/bin:/bin", "LC_ALL": "C",
    ]
    process.currentDirectoryURL = guest.flatMap(Project.guest) ?? Project.root
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    var lines = String(decoding: data, as: UTF8.self).components(separatedBy: "\n")
    while lines.last == "" { lines.removeLast() }
    return lines
  }
}
