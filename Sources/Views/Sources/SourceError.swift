/// Why a source or an address space could not be had: one sentence that says what, where, and what to try.
public struct SourceError: Error, CustomStringConvertible, Sendable {
  public var description: String
  public init(_ description: String) { self.description = description }
}

/// An error in JSON, so that the reader of a stream is never left waiting: `pagewalk.error/1`.
public struct ErrorReport: JSONReport, Sendable {
  public static let schema = "pagewalk.error/1"
  public var message: String
  public init(message: String) { self.message = message }
}
