/// Why a virtual machine could not be looked into: what was talked to, what went wrong, what to try.
public struct VirtualMachineError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The socket, as it was named.
  public var place: String
  /// What went wrong, as part of a sentence.
  public var problem: String
  /// What the user can do about it, as part of a sentence.
  public var advice: String?

  init(_ place: String, _ problem: String, advice: String? = nil) {
    self.place = place
    self.problem = problem
    self.advice = advice
  }

  /// One line.
  public var description: String { "\(place): \(problem)" + (advice.map { "; \($0)" } ?? "") }
}
