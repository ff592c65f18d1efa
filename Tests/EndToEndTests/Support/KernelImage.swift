import Foundation
import Testing

/// The memory of a real kernel, with what its own /proc said; made by `scripts/guests`, kept outside the tree.
struct KernelImage: Sendable, CustomTestStringConvertible {
  let name: String
  private let folder: URL

  var testDescription: String { name }
  var path: String { folder.appending(path: "dump.elf").path(percentEncoded: false) }

  /// The guests that the tests want, as far as they are built.
  static let all: [KernelImage] = {
    let environment = ProcessInfo.processInfo.environment
    let cache =
      environment["PAGEWALK_CACHE"]
      ?? environment["XDG_CACHE_HOME"].map { $0 + "/pagewalk" } ?? NSHomeDirectory() + "/.cache/pagewalk"
    let wanted =
      environment["PAGEWALK_GUESTS"]?.split(separator: " ").map(String.init)
      ?? ["amd64", "amd64-la57", "i386", "armhf", "arm64", "riscv64"]
    return wanted.map {
      KernelImage(name: $0, folder: URL(filePath: cache).appending(path: "guests/\($0)"))
    }.filter {
      FileManager.default.fileExists(
        atPath: $0.folder.appending(path: "truth.json").path(percentEncoded: false))
    }
  }()

  /// Whether the tests run: a machine that must have the guests never skips them.
  static var isExpected: Bool { !all.isEmpty || ProcessInfo.processInfo.environment["CI"] == "true" }

  /// Runs `pagewalk` on the image.
  func run(_ arguments: String) throws -> Command.Outcome {
    try Command.shell("cd '\(folder.path(percentEncoded: false))' && \"$pagewalk\" \(arguments) -s dump.elf")
  }

  func objects(_ arguments: String) throws -> [[String: Any]] {
    let outcome = try run(arguments + " --format json")
    #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
    return try outcome.objects()
  }

  /// The lines of a file of what /proc said.
  func lines(_ part: String) throws -> [Substring] {
    let data = try Data(contentsOf: folder.appending(path: "parts/\(part)"))
    return String(decoding: data, as: UTF8.self).split(separator: "\n")
  }

  /// The processes of which there is a file `NAME.PID`, without the one that wrote all this: its memory went
  /// on changing.
  func pids(of part: String) throws -> [Int] {
    let files = try FileManager.default.contentsOfDirectory(
      atPath: folder.appending(path: "parts").path(percentEncoded: false))
    let listed = Set(
      try lines("ps").compactMap { $0.split(separator: " ").first.flatMap { Int($0) } })
    let recorder = try lines("recorder").first.flatMap { Int($0) }
    return files.filter { $0.hasPrefix(part + ".") }.compactMap { Int($0.dropFirst(part.count + 1)) }
      .filter { listed.contains($0) && $0 != recorder }.sorted()
  }
}
