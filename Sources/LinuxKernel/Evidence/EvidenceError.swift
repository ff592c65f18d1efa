/// Why symbols or types that were given could not be read: what they are, where in them, what was found,
/// what to try.
public struct EvidenceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where the trouble is.
  public enum Place: Hashable, Sendable {
    /// Bytes from the beginning.
    case offset(Int)
    /// A line of a text, counted from 1.
    case line(Int)
  }

  /// What was read: a path, or what kind of thing it is.
  public var subject: String
  public var place: Place?
  /// What was found and what was expected, as part of a sentence.
  public var problem: String
  /// What the user can do about it, as part of a sentence.
  public var advice: String?

  public init(_ subject: String, _ place: Place?, _ problem: String, advice: String? = nil) {
    self.subject = subject
    self.place = place
    self.problem = problem
    self.advice = advice
  }

  /// One line: subject, place, problem, advice.
  public var description: String {
    let location =
      switch place {
      case .offset(let offset): "at offset 0x\(String(offset, radix: 16)): "
      case .line(let line): "line \(line): "
      case nil: ""
      }
    return "\(subject): \(location)\(problem)" + (advice.map { "; \($0)" } ?? "")
  }
}
