/// Why a trace could not be read or written: which file, where in it, what was found, what to try.
public struct TraceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where in the file.
  public enum Place: Hashable, Sendable {
    /// Of a text, both from 1.
    case line(UInt64, column: Int)
    /// In bytes, from 0.
    case offset(UInt64)
  }

  public var file: String
  public var place: Place?
  /// What was found and what was expected, as part of a sentence.
  public var problem: String
  /// What the user can do about it, as part of a sentence.
  public var advice: String?

  /// An error that has no place in the file.
  public init(_ file: String, _ problem: String) {
    self.file = file
    self.problem = problem
  }

  public init(_ file: String, _ place: Place, _ problem: String, advice: String? = nil) {
    self.file = file
    self.place = place
    self.problem = problem
    self.advice = advice
  }

  public var description: String {
    let words =
      switch place {
      case .line(let line, let column)?: ": line \(line), column \(column)"
      case .offset(let offset)?: ": at byte \(offset)"
      case nil: ""
      }
    return file + words + ": " + problem + (advice.map { "; \($0)" } ?? "")
  }
}
