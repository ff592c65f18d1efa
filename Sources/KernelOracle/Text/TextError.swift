/// Text that is not what it should be, and where.
public struct TextError: Error, Hashable, CustomStringConvertible {
  /// Line and column count from one; a column is a byte.
  public var line: Int
  public var column: Int
  /// What was expected or what is wrong, as a phrase.
  public var problem: String

  public init(line: Int, column: Int, problem: String) {
    self.line = line
    self.column = column
    self.problem = problem
  }

  public var description: String { "line \(line), column \(column): \(problem)" }
}
