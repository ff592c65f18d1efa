/// Where the members of the kernel's structures lie: byte offsets by name (`task_struct.mm`), each a fact
/// with its evidence.
public struct StructureLayout: Sendable {
  public private(set) var facts: [String: Fact<Int>] = [:]

  public init() {}

  /// The offset in bytes, or nil if nothing told it.
  public subscript(name: String) -> Int? { facts[name]?.value }

  /// Takes note of an offset: the first one counts, further ones agree or disagree.
  public mutating func note(_ name: String, _ offset: Int, _ evidence: Evidence) {
    if facts[name] == nil {
      facts[name] = Fact(offset, evidence)
    } else {
      facts[name]?.weigh(offset, evidence)
    }
  }

  /// Puts an offset in the place of what was known.
  public mutating func overrule(_ name: String, _ offset: Int, _ evidence: Evidence) {
    if facts[name] == nil {
      facts[name] = Fact(offset, evidence)
    } else {
      facts[name]?.overrule(offset, evidence)
    }
  }

  /// The names in order, with their facts.
  public var sorted: [(name: String, fact: Fact<Int>)] {
    facts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
