import Foundation

/// Looks for the file that a backend's RAM lies in: by the path that QEMU names, and among the files that QEMU's process
/// has open, where memory without a name, and files whose name was removed, are.
struct BackendFileSearch {
  private let backend: MemoryBackend
  private let processID: Int32?
  private var tried: [String] = []

  init(_ backend: MemoryBackend, processID: Int32?) {
    self.backend = backend
    self.processID = processID
  }

  /// The first file that passes a test.
  mutating func first(
    where isRight: (BackendFile) throws(VirtualMachineError) -> Bool
  ) throws(VirtualMachineError) -> BackendFile? {
    for (path, name) in candidates {
      guard let file = BackendFile(path, of: backend, name: name) else { continue }
      tried.append(name)
      if try isRight(file) { return file }
    }
    return nil
  }

  /// Why there is none.
  var reason: String {
    let what =
      switch backend.kind {
      case .file(let path): "the file '\(path)'"
      default: "the memfd"
      }
    let who = processID.map { " of process \($0)" } ?? ""
    return tried.isEmpty
      ? "\(what)\(who) that has RAM '\(backend.id)' cannot be opened"
      : "\(what)\(who) has other bytes than QEMU's monitor prints (\(tried.prefix(4).joined(separator: ", ")))"
  }

  private var candidates: [(path: String, name: String)] {
    var list: [(String, String)] = []
    if case .file(let path) = backend.kind {
      if path.hasPrefix("/") {
        list.append((path, path))
        // QEMU may see other file systems than we do.
        if let processID { list.append(("/proc/\(processID)/root\(path)", path)) }
      } else if let processID {
        list.append(("/proc/\(processID)/cwd/\(path)", path))
      }
    }
    guard let processID else { return list }
    let folder = "/proc/\(processID)/fd"
    for number in Self.numbers(in: folder) {
      guard let target = Self.target(of: "\(folder)/\(number)") else { continue }
      let isOne =
        switch backend.kind {
        case .memfd: target.hasPrefix("/memfd:memory-backend-memfd")
        // A folder is named where files are made in it and their names removed.
        case .file(let path): target.hasPrefix(path + "/") || target == path + " (deleted)"
        case .other: false
        }
      if isOne { list.append(("\(folder)/\(number)", target)) }
    }
    return list
  }

  /// The numbers that a process's folder of open files has; none if it cannot be read.
  private static func numbers(in folder: String) -> [Int] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
    return (names ?? []).compactMap { Int($0) }.sorted()
  }

  private static func target(of link: String) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: link)
  }
}
