/// A number in a scenario, as written: numbers and names, joined by `+`, `-` and `*`.
public indirect enum Expression: Hashable, Sendable {
  case number(UInt64)
  case name(String)
  case sum(Expression, Expression)
  case difference(Expression, Expression)
  case product(Expression, Expression)

  /// The value, with arithmetic that wraps; names that are not in `names` are 0 (the parser lets none
  /// through).
  func value(_ names: [String: UInt64]) -> UInt64 {
    switch self {
    case .number(let value): value
    case .name(let name): names[name] ?? 0
    case .sum(let left, let right): left.value(names) &+ right.value(names)
    case .difference(let left, let right): left.value(names) &- right.value(names)
    case .product(let left, let right): left.value(names) &* right.value(names)
    }
  }
}

/// A stretch of addresses, as written.
public struct RangeExpression: Hashable, Sendable {
  public enum Extent: Hashable, Sendable {
    /// `A..B`: up to, and without.
    case end(Expression)
    /// `A+SIZE`
    case byteCount(Expression)
  }

  public var start: Expression
  public var extent: Extent
}
