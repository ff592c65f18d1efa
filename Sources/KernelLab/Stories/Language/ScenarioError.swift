/// What is wrong with a scenario, and where: one line, as compilers write it.
public struct ScenarioError: Error, Hashable, Sendable, CustomStringConvertible {
  public var file: String
  public var position: SourcePosition
  public var message: String

  public init(file: String, position: SourcePosition, message: String) {
    self.file = file
    self.position = position
    self.message = message
  }

  public var description: String { "\(file):\(position.line):\(position.column): \(message)" }
}
