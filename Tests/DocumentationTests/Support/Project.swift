import Foundation

/// The source tree that the tests were built from, and what was built beside them.
enum Project {
  /// The repository's folder.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The folder of the test bundle, where the products of the same build are.
  static let products: URL = {
    let executable =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
    return URL(filePath: executable).deletingLastPathComponent()
  }()

  /// The text of a file, by its path from the root.
  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path(percentEncoded: false))
  }

  /// Paths from the root of all files below a folder that have the given extension, in order.
  static func files(below folder: String, extension wanted: String) -> [String] {
    let base = root.appending(path: folder).path(percentEncoded: false)
    let paths = FileManager.default.enumerator(atPath: base)?.compactMap { $0 as? String } ?? []
    return paths.filter { $0.hasSuffix("." + wanted) && !$0.contains(".build") }.sorted()
      .map { "\(folder)/\($0)" }
  }

  /// The folder of a guest's images, if the guest is built.
  static func guest(_ name: String) -> URL? {
    let environment = ProcessInfo.processInfo.environment
    let cache =
      environment["PAGEWALK_CACHE"]
      ?? environment["XDG_CACHE_HOME"].map { $0 + "/pagewalk" } ?? NSHomeDirectory() + "/.cache/pagewalk"
    let folder = URL(filePath: cache).appending(path: "guests/\(name)")
    let truth = folder.appending(path: "truth.json").path(percentEncoded: false)
    return FileManager.default.fileExists(atPath: truth) ? folder : nil
  }
}
