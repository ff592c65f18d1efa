/// Why a memory image could not be opened: which file, where in it, what was found, what to try.
public struct ImageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of trouble it is, for programs.
  public enum Reason: String, Hashable, Sendable, CaseIterable {
    /// The system would not open, map or write a file.
    case system
    /// The file is a known format that this module does not read.
    case unsupported
    /// A field contradicts the format or the rest of the file.
    case malformed
    /// The file ends before something that is needed to read any of it.
    case truncated
    /// Reading it would take more than a stated limit.
    case limit
    /// The options do not fit the file or each other.
    case options
  }

  /// What kind of trouble it is.
  public var reason: Reason
  /// The file, as it was named to ``MemoryImage/open(path:options:)``.
  public var path: String
  /// Where in the file, in bytes, if the trouble has a place.
  public var offset: UInt64?
  /// What was found and what was expected, as part of a sentence.
  public var problem: String
  /// What the user can do about it, as part of a sentence.
  public var advice: String?

  /// Puts an error together.
  public init(
    _ reason: Reason, path: String, offset: UInt64? = nil, _ problem: String, advice: String? = nil
  ) {
    self.reason = reason
    self.path = path
    self.offset = offset
    self.problem = problem
    self.advice = advice
  }

  /// One line: file, offset, problem, advice.
  public var description: String {
    let place = offset.map { "at offset \(hexadecimal($0)): " } ?? ""
    return "\(path): \(place)\(problem)" + (advice.map { "; \($0)" } ?? "")
  }
}

/// A number as the messages of this module print it.
func hexadecimal(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }
