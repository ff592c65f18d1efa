public import LiveMemory
import PageTables

/// The running system as a source, ready to be shown: `pagewalk.live/1`.
public struct LiveReport: JSONReport, Sendable {
  public static let schema = "pagewalk.live/1"

  /// One way to read it, and what came of it.
  public struct Rung: Encodable, Sendable {
    public var name: String
    /// `used`, `refused`, `not-tried`.
    public var state: String
    public var reason: String?
    public var explanation: String?
    var words: String
    enum CodingKeys: String, CodingKey { case name, state, reason, explanation }
  }

  public struct Range: Encodable, Sendable {
    public var start: JSONAddress
    public var end: JSONAddress
    /// `present`, or `missing`: RAM that this way does not reach.
    public var state: String
    var byteCount: UInt64
    enum CodingKeys: String, CodingKey { case start, end, state }
  }

  public var source: String
  public var rung: String
  public var rungs: [Rung]
  public var ranges: [Range]?
  public var kernelRelease: String?
  public var notes: [String]?
  /// The kernel's VMCOREINFO text.
  public var vmcoreinfo: String?

  public init(_ system: LiveSystem, source: String) {
    self.source = source
    rung = system.rung.rawValue
    rungs = system.attempts.map { attempt in
      var rung = Rung(name: attempt.rung.rawValue, state: "not-tried", words: attempt.rung.words)
      switch attempt.outcome {
      case .used: rung.state = "used"
      case .refused(let refusal):
        rung.state = "refused"
        rung.reason = refusal.reason.rawValue
        rung.explanation = refusal.description
      case .notTried: break
      }
      return rung
    }
    if let memory = system.memory {
      let all = memory.ram.map { ($0, "present") } + system.missing.map { ($0, "missing") }
      ranges = all.sorted { $0.0.lowerBound < $1.0.lowerBound }.map { range, state in
        Range(
          start: JSONAddress(range.lowerBound), end: JSONAddress(exclusiveEndAfter: range.upperBound),
          state: state, byteCount: range.upperBound &- range.lowerBound &+ 1)
      }
    }
    vmcoreinfo = system.vmcoreinfo
    kernelRelease = vmcoreinfo?.split(separator: "\n").first { $0.hasPrefix("OSRELEASE=") }
      .map { String($0.dropFirst("OSRELEASE=".count)) }
    notes = system.notes.isEmpty ? nil : system.notes
  }

  /// The ladder and the memory for a person.
  public var text: String {
    var lines = ["source  \(source): the running system" + (kernelRelease.map { ", Linux \($0)" } ?? ""), ""]
    var table = TextTable(header: ["rung", "", "", ""])
    for rung in rungs {
      table.add(
        rung.name, rung.state.replacing("-", with: " "), rung.reason ?? "", rung.explanation ?? rung.words)
    }
    lines += table.lines
    if let ranges {
      lines += ["", "physical memory"]
      var memory = TextTable(alignments: [.left, .right])
      for range in ranges.prefix(64) {
        memory.add(
          "  \(hexadecimal(range.start.value, width: 9))-\(hexadecimal(range.end.value &- 1, width: 9))",
          sizeText(range.byteCount), range.state)
      }
      lines += memory.lines
    } else {
      lines += [
        "", "no page tables can be read this way: where a page is, and nothing of the levels above it",
      ]
    }
    for note in notes ?? [] { lines.append("note: \(note)") }
    return lines.joined(separator: "\n")
  }
}
