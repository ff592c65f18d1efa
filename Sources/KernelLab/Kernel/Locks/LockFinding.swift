/// A rule of locking that was broken, with the places in the lab's code, or the scenario's lines, that did it.
public struct LockFinding: Hashable, Sendable, CustomStringConvertible {
  public enum Kind: Hashable, Sendable {
    /// `lock` was taken while `other`, which belongs inside it, was held.
    case wrongOrder
    /// `lock` was taken while `other` of the same kind was held, and nobody said that they nest.
    case notNested
    /// Two locks of a kind were taken here in one order, and before in the other: two CPUs may wait for each
    /// other forever.
    case reversed
    /// The CPU has `lock` already: it would wait for itself forever.
    case takenTwice
    /// Another CPU holds `lock`, and waits for one that this CPU holds.
    case deadlock
    /// `lock` is given back, but was not taken.
    case notHeld
    /// What `lock` protects was changed without it.
    case missing
    /// A CPU came back from the kernel with `lock` held.
    case keptOnReturn
  }

  public var kind: Kind
  public var cpu: Int
  public var lock: Lock
  /// Where it was, or should have been, taken.
  public var site: String
  /// The other lock of the two, and where that was taken.
  public var other: Lock?
  public var otherSite: String?

  public var description: String {
    let place = "CPU \(cpu), \(site)"
    let second = other.map { "\($0) (\(otherSite ?? "?"))" } ?? ""
    switch kind {
    case .wrongOrder: return "\(place): takes \(lock) inside \(second), which belongs inside it"
    case .notNested: return "\(place): takes \(lock) beside \(second)"
    case .reversed: return "\(place): takes \(lock) inside \(second); before it was the other way round"
    case .takenTwice: return "\(place): takes \(lock) again (\(otherSite ?? "?"))"
    case .deadlock: return "\(place): waits for \(lock), whose holder waits for \(second)"
    case .notHeld: return "\(place): gives back \(lock), which it does not hold"
    case .missing:
      return "\(place): changes what \(lock) protects without it; last taken: \(otherSite ?? "never")"
    case .keptOnReturn: return "\(place): still holds \(lock) (\(otherSite ?? "?"))"
    }
  }
}
