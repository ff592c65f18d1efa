/// Why a rung cannot be used.
public struct RungRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: String, Hashable, Sendable, CaseIterable {
    /// It is not there: a module that is not loaded, a file system that is not mounted.
    case absent
    /// The kernel was built without it.
    case notConfigured = "not-configured"
    /// Somebody with more rights could.
    case permission
    /// The kernel forbids it to everybody (`lockdown=`, or secure boot).
    case lockdown
    /// It is there and did not do what it should.
    case failed
  }

  public var reason: Reason
  /// What was tried, what the system said, what would help.
  public var description: String

  public init(_ reason: Reason, _ description: String) {
    self.reason = reason
    self.description = description
  }
}
