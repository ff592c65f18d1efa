/// Why the explorer has no answer: an HTTP status and one sentence that says what to try.
public struct ExplorerError: Error, Sendable {
  public enum Kind: Int, Sendable {
    case badRequest = 400
    case notFound = 404
    /// The source cannot answer this.
    case conflict = 409
    /// The answer is being worked out. No error: browsers log those, and a page that waits has none to show.
    case busy = 202
    /// There is too much to do already.
    case overloaded = 503
  }

  public var kind: Kind
  public var message: String

  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  init(_ error: SourceError) { self.init(.conflict, error.description) }
}

/// An answer of the explorer: JSON, and the HTTP status that goes with it.
public struct ExplorerAnswer: Sendable {
  public var status: Int
  public var body: [UInt8]
  /// When to ask again, where the answer is being worked out.
  public var retryAfterSeconds: Int?
}
