/// A value, where it comes from, and what else agrees or disagrees with it. Nothing is dropped: who reads a
/// fact sees all that was said about it.
public struct Fact<Value: Hashable & Sendable>: Sendable {
  /// Another value for the same thing, and where it comes from.
  public struct Dissent: Hashable, Sendable {
    public var value: Value
    public var evidence: Evidence

    public init(value: Value, evidence: Evidence) {
      self.value = value
      self.evidence = evidence
    }
  }

  public private(set) var value: Value
  public private(set) var evidence: Evidence
  public private(set) var agreeing: [Evidence] = []
  public private(set) var disagreeing: [Dissent] = []

  public init(_ value: Value, _ evidence: Evidence) {
    self.value = value
    self.evidence = evidence
  }

  /// A value that goes before what was known, which stays on record.
  init(_ value: Value, _ evidence: Evidence, overruling known: Fact?) {
    if var fact = known {
      fact.overrule(value, evidence)
      self = fact
    } else {
      self.init(value, evidence)
    }
  }

  /// Takes note of what another method says.
  public mutating func weigh(_ other: Value, _ evidence: Evidence) {
    if other == value {
      agreeing.append(evidence)
    } else {
      disagreeing.append(Dissent(value: other, evidence: evidence))
    }
  }

  /// Puts a better founded value in the place of this one, which stays on record.
  public mutating func overrule(_ better: Value, _ evidence: Evidence) {
    var fact = Fact(better, evidence)
    fact.weigh(value, self.evidence)
    for witness in agreeing { fact.weigh(value, witness) }
    for dissent in disagreeing { fact.weigh(dissent.value, dissent.evidence) }
    self = fact
  }
}
