/// Why no kernel could be made out in memory: one sentence that says what was looked for, what was seen, and
/// what to try.
public struct KernelError: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}
