import Foundation
public import LinuxKernel

/// Findings that were looked at before and are accepted: the keys of an earlier audit's JSON lines.
public struct AuditBaseline: Sendable {
  private let keys: Set<String>

  /// Reads a file of `pagewalk.finding/1` lines; lines of other schemas are skipped.
  public init(path: String) throws(SourceError) {
    guard let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int else {
      throw SourceError("\(path): no such file; write one with `pagewalk audit --format json`")
    }
    guard size <= 256 << 20 else {
      throw SourceError("\(path): \(size) bytes are too many for a baseline (at most 256 MiB)")
    }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw SourceError("\(path): cannot be read as UTF-8 text")
    }
    try self.init(text: text, name: path)
  }

  init(text: String, name: String) throws(SourceError) {
    struct Line: Decodable {
      var schema: String
      var key: String?
    }
    var keys: Set<String> = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard !line.allSatisfy(\.isWhitespace) else { continue }
      guard let parsed = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) else {
        throw SourceError(
          "\(name), line \(number + 1): no line of `pagewalk audit --format json`")
      }
      guard parsed.schema == FindingReport.schema else { continue }
      guard let key = parsed.key else {
        throw SourceError("\(name), line \(number + 1): a finding without a key")
      }
      keys.insert(key)
    }
    self.keys = keys
  }

  /// Whether the finding, or one that is the same after another boot, is in the baseline.
  public func accepts(_ finding: AuditFinding) -> Bool { keys.contains(finding.key) }
}
