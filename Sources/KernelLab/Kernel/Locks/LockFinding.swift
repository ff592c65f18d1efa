/// A rule of locking that was broken, with the places in the lab's code, or the scenario's lines, that did it.
public struct LockFinding: Hashable, Sendable, CustomStringConvertible {
  /// Which rule; the raw values are the scenario language's words.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// `lock` was taken while `other`, which belongs inside it, was held.
    case wrongOrder = "wrong-order"
    /// `lock` was taken while `other` of the same kind was held, and nobody said that they nest.
    case notNested = "not-nested"
    /// Two locks of a kind were taken here in one order, and before in the other: two CPUs may wait for each
    /// other forever.
    case reversed
    /// The CPU has `lock` already: it would wait for itself forever.
    case takenTwice = "taken-twice"
    /// Another CPU holds `lock`, and waits for one that this CPU holds.
    case deadlock
    /// `lock` is given back, but was not taken.
    case notHeld = "not-held"
    /// What `lock` protects was changed without it.
    case missing
    /// A CPU came back from the kernel with `lock` held.
    case keptOnReturn = "kept"
  }

  public var kind: Kind
  public var cpu: Int
  public var lock: Lock
  /// Where it was, or should have been, taken.
  public var site: String
  /// The other lock of the two, and where that was taken.
  public var other: Lock?
  public var otherSite: String?
  /// Where locks of these two kinds were taken in the right order before, if they were.
  public var earlier: String?

  public var description: String {
    let place = "CPU \(cpu), \(site)"
    let second = other.map { "\($0) (\(otherSite ?? "?"))" } ?? ""
    switch kind {
    case .wrongOrder:
      let seen = earlier.map { "; before it was the other way round: \($0)" } ?? ""
      return "\(place): takes \(lock) inside \(second), which belongs inside it\(seen)"
    case .notNested: return "\(place): takes \(lock) beside \(second)"
    case .reversed:
      let seen = earlier.map { ": \($0)" } ?? ""
      return "\(place): takes \(lock) inside \(second); before it was the other way round\(seen)"
    case .takenTwice: return "\(place): takes \(lock) again (\(otherSite ?? "?"))"
    case .deadlock: return "\(place): waits for \(lock), whose holder waits for \(second)"
    case .notHeld: return "\(place): gives back \(lock), which it does not hold"
    case .missing:
      return "\(place): changes what \(lock) protects without it; last taken: \(otherSite ?? "never")"
    case .keptOnReturn: return "\(place): still holds \(lock) (\(otherSite ?? "?"))"
    }
  }
}
