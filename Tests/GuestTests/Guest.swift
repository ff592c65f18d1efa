import Foundation
import Testing

/// A booted kernel's images and what QEMU and the kernel itself said about its memory; made by
/// `scripts/guests`, kept outside the tree.
struct Guest: Sendable, CustomTestStringConvertible {
  /// What `truth.json` says.
  struct Truth: Decodable, Sendable {
    struct RAM: Decodable, Sendable {
      var base: String
      /// Up to the last byte, holes included.
      var sizeBytes: UInt64
      /// Where there is RAM.
      var ranges: [Range]
    }

    struct Range: Decodable, Sendable {
      var base: String
      var sizeBytes: UInt64
    }

    struct Probe: Decodable, Sendable {
      var parent: Int
      var child: Int
    }

    struct KernelMode: Decodable, Sendable {
      var ranOn: Bool
      var registers: [String: String]
    }

    var architecture: String
    var pagingFormat: String
    var kernelRelease: String
    /// Absent in guests of older recipes: 4096.
    var pageSizeBytes: UInt64?
    var ram: RAM
    var probe: Probe?
    var userModeCPU: Int?
    var cpus: [[String: String]]
    var kernelMode: KernelMode?
    /// Kind to file name: `elf`, `kdump-zlib`, `raw`, ...
    var files: [String: String]
  }

  var name: String
  var folder: URL
  var truth: Truth

  var testDescription: String { "\(name) (\(truth.kernelRelease), \(truth.pagingFormat))" }

  /// The guests that the tests want: those of `PAGEWALK_GUESTS`, or the default ones.
  static let wanted: [String] =
    ProcessInfo.processInfo.environment["PAGEWALK_GUESTS"]?.split(separator: " ").map(String.init)
    ?? ["amd64", "amd64-la57", "i386", "armhf", "arm64", "riscv64"]

  /// Those of the wanted guests that are built.
  static let built: [Guest] = wanted.compactMap(Guest.init)

  /// Whether something is there to be compared; a machine that must have the guests never skips.
  static var isRequired: Bool { ProcessInfo.processInfo.environment["CI"] == "true" }

  static var cache: URL {
    let environment = ProcessInfo.processInfo.environment
    let base =
      environment["PAGEWALK_CACHE"]
      ?? environment["XDG_CACHE_HOME"].map { $0 + "/pagewalk" } ?? NSHomeDirectory() + "/.cache/pagewalk"
    return URL(filePath: base).appending(path: "guests")
  }

  init?(_ name: String) {
    folder = Self.cache.appending(path: name)
    guard let data = try? Data(contentsOf: folder.appending(path: "truth.json")),
      let truth = try? JSONDecoder().decode(Truth.self, from: data)
    else { return nil }
    self.name = name
    self.truth = truth
  }

  /// The path of a file of the given kind, if the guest has one.
  func path(_ kind: String) -> String? {
    truth.files[kind].map { folder.appending(path: $0).path(percentEncoded: false) }
  }

  /// Where the guest has file systems, other than the first one.
  static let mounts = ["/proc", "/sys", "/dev", "/tmp"]

  /// The lines of a table of tab-separated values, split; comments left out.
  func rows(_ kind: String) throws -> [[Substring]] {
    guard let path = path(kind) else { return [] }
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }.map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
  }

  /// The registers of the CPU whose tables the images have loaded.
  var registers: [String: UInt64] { Self.numbers(truth.cpus[truth.userModeCPU ?? 0]) }
  /// The registers in the kernel's mode, where kernel addresses were looked up.
  var kernelRegisters: [String: UInt64]? { truth.kernelMode.map { Self.numbers($0.registers) } }

  private static func numbers(_ texts: [String: String]) -> [String: UInt64] {
    texts.compactMapValues { UInt64($0.dropFirst(2), radix: 16) }
  }

  /// Whether there is RAM at `address`.
  func hasRAM(at address: UInt64) -> Bool {
    truth.ram.ranges.contains { range in
      UInt64(range.base.dropFirst(2), radix: 16).map { address >= $0 && address - $0 < range.sizeBytes }
        ?? false
    }
  }

  var pageSizeBytes: UInt64 { truth.pageSizeBytes ?? 4096 }

  var ramBase: UInt64 { UInt64(truth.ram.base.dropFirst(2), radix: 16) ?? 0 }
}

/// How many comparisons there were, by class; the first differences in words.
struct Tally: CustomStringConvertible {
  private(set) var counts: [(name: String, count: Int)] = []
  private(set) var differences: [String] = []
  private(set) var differenceCount = 0

  mutating func count(_ name: String, _ count: Int = 1) {
    if let index = counts.firstIndex(where: { $0.name == name }) {
      counts[index].count += count
    } else {
      counts.append((name, count))
    }
  }

  mutating func differ(_ text: @autoclosure () -> String) {
    differenceCount += 1
    if differences.count < 8 { differences.append(text()) }
  }

  /// Takes in what another one counted; its differences get a label.
  mutating func add(_ other: Tally, _ label: String) {
    for (name, count) in other.counts { self.count(name, count) }
    differenceCount += other.differenceCount
    differences += other.differences.prefix(8 - differences.count).map { "\(label): \($0)" }
  }

  /// How many comparisons of the class there were.
  subscript(name: String) -> Int { counts.first { $0.name == name }?.count ?? 0 }

  var description: String {
    let classes = counts.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
    return "\(classes.isEmpty ? "nothing compared" : classes), \(differenceCount) differ"
      + differences.map { "\n    " + $0 }.joined()
  }
}
