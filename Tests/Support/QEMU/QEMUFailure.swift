/// Why QEMU could not be asked, or what it answered that makes no sense: one sentence for a test's log.
public struct QEMUFailure: Error, CustomStringConvertible, Sendable {
  public var description: String

  public init(_ description: String) {
    self.description = description
  }
}
