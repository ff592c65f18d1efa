public import LinuxKernel
public import PageTables

/// One finding of an audit, ready to be shown: `pagewalk.finding/1`.
public struct FindingReport: JSONReport, Sendable {
  public static let schema = "pagewalk.finding/1"

  /// One level of the walk that shows the finding.
  public struct Step: Encodable, Sendable {
    public var level: String
    public var index: UInt64
    public var entryAddress: JSONAddress
    public var entry: JSONAddress
  }

  /// A walk in short.
  public struct Walk: Encodable, Sendable {
    public var virtual: JSONAddress
    public var outcome: String
    public var reason: String?
    public var physical: JSONAddress?
    public var access: String?
    public var steps: [Step]
    var accessColumns: String?

    enum CodingKeys: String, CodingKey {
      case virtual, outcome, reason, physical, access, steps
    }
  }

  public var rule: String
  public var severity: String
  public var summary: String
  public var explanation: String?
  /// Whether the baseline has it.
  public var accepted: Bool?
  public var key: String
  public var pids: [Int]?
  public var command: String
  public var start: JSONAddress
  /// Exclusive.
  public var end: JSONAddress
  public var bytes: UInt64?
  public var ranges: Int
  public var region: String?
  public var access: String?
  public var walk: Walk
  public var otherWalk: Walk?

  var first: UInt64
  var last: UInt64
  var accessColumns: String?

  enum CodingKeys: String, CodingKey {
    case rule, severity, summary, explanation, accepted, key, pids, command, start, end, bytes, ranges, region
    case access, walk, otherWalk
  }

  public init(_ finding: AuditFinding, format: PagingFormat, baseline: AuditBaseline? = nil) {
    rule = finding.rule.rawValue
    severity = finding.severity.rawValue
    summary = finding.summary
    explanation = finding.explanation
    accepted = baseline?.accepts(finding) ?? false ? true : nil
    key = finding.key
    pids = finding.pids.isEmpty ? nil : finding.pids
    command = finding.command
    first = finding.first.rawValue
    last = finding.last.rawValue
    start = JSONAddress(first)
    end = JSONAddress(exclusiveEndAfter: last)
    bytes = finding.byteCount == 0 ? nil : finding.byteCount
    ranges = finding.rangeCount
    region = finding.region
    access = finding.access?.letters
    accessColumns = finding.access?.columns
    walk = Walk(finding.walk, format: format)
    otherWalk = finding.otherWalk.map { Walk($0, format: format) }
  }

  /// Whether it counts as a finding: neither explained nor accepted.
  public var isOpen: Bool { explanation == nil && accepted == nil }

  /// The column names of ``csv``.
  public static let csvHeader =
    "rule,severity,start,end,bytes,access,pids,command,region,summary,explanation,key"

  /// The finding as a line of CSV.
  public var csv: String {
    csvLine([
      rule, severity, start.text, end.text, bytes.map { "\($0)" } ?? "", access ?? "",
      (pids ?? []).map { "\($0)" }.joined(separator: " "), command, region ?? "", summary, explanation ?? "",
      key,
    ])
  }

  /// The finding for a person; addresses are `digits` wide.
  public func text(digits: Int) -> String {
    var lines = ["\(severity)  \(rule): \(summary)"]
    var place = "\(hexadecimal(first, width: digits))-\(hexadecimal(last, width: digits))"
    if let bytes { place += "  " + sizeText(bytes) }
    if ranges > 1 { place += " in \(ranges) ranges" }
    if let accessColumns { place += "  " + accessColumns }
    place += "  " + who + (region.map { ", \($0)" } ?? "")
    lines.append("  " + place)
    lines.append("  walk  " + walk.text(digits: digits))
    if let otherWalk { lines.append("  and   " + otherWalk.text(digits: digits)) }
    if let explanation { lines.append("  explained: \(explanation)") }
    if accepted != nil { lines.append("  accepted by the baseline") }
    return lines.joined(separator: "\n")
  }

  private var who: String {
    guard let pids else { return command }
    let list = pids.prefix(8).map { "\($0)" }.joined(separator: ", ") + (pids.count > 8 ? ", ..." : "")
    return "\(pids.count == 1 ? "process" : "processes") \(list) (\(command))"
  }
}

extension FindingReport.Walk {
  init(_ translation: Translation, format: PagingFormat) {
    virtual = JSONAddress(translation.address.rawValue)
    steps = translation.steps.elements.map { step in
      FindingReport.Step(
        level: "\(format.level(step.depth).name)", index: step.index,
        entryAddress: JSONAddress(step.entryAddress.rawValue), entry: JSONAddress(step.entry))
    }
    switch translation.outcome {
    case .mapped(let mapping):
      outcome = "mapped"
      physical = JSONAddress(mapping.physical.rawValue)
      access = mapping.access.letters
      accessColumns = mapping.access.columns
    case .stopped(let reason):
      outcome = reason.contractOutcome
      self.reason = reason.contractName
    }
  }

  func text(digits: Int) -> String {
    let path = steps.map { "\($0.level)[\(hexadecimal($0.index))] \(hexadecimal($0.entry.value))" }
    let end = physical.map { hexadecimal($0.value) + "  " + (accessColumns ?? "") } ?? reason ?? ""
    return ([hexadecimal(virtual.value, width: digits)] + path + [end]).joined(separator: " > ")
  }
}
