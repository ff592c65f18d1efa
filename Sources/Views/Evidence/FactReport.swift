public import LinuxKernel

/// A fact about a kernel and all that was said about it, ready to be shown: `pagewalk.fact/1`.
public struct FactReport: JSONReport, Sendable {
  public static let schema = "pagewalk.fact/1"

  /// A method that says the same, and what it saw.
  public struct Witness: Encodable, Sendable {
    public var method: String
    public var detail: String
  }

  /// A method that says something else.
  public struct Dissent: Encodable, Sendable {
    public var value: String
    public var method: String
    public var detail: String
  }

  public var name: String
  public var value: String
  public var method: String
  public var detail: String
  public var agreeing: [Witness]?
  public var disagreeing: [Dissent]?

  public init(_ record: FactRecord) {
    name = record.name
    value = record.value
    method = record.evidence.method.rawValue
    detail = record.evidence.detail
    if !record.agreeing.isEmpty {
      agreeing = record.agreeing.map { Witness(method: $0.method.rawValue, detail: $0.detail) }
    }
    if !record.disagreeing.isEmpty {
      disagreeing = record.disagreeing.map {
        Dissent(value: $0.value, method: $0.evidence.method.rawValue, detail: $0.evidence.detail)
      }
    }
  }

  /// Several lines: the fact, then who agrees, then who does not.
  public var text: String {
    var lines = ["\(name): \(value)", "  \(method): \(detail)"]
    for witness in agreeing ?? [] { lines.append("  agrees: \(witness.method): \(witness.detail)") }
    for witness in disagreeing ?? [] {
      lines.append("  disagrees: \(witness.value): \(witness.method): \(witness.detail)")
    }
    return lines.joined(separator: "\n")
  }
}
