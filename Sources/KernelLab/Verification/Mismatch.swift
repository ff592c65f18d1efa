public import KernelOracle

/// A program after whose last operation the lab and a kernel differ.
public struct Mismatch: Hashable, Sendable {
  public var program: Program
  /// What differs, in words.
  public var difference: String

  public init(program: Program, difference: String) {
    self.program = program
    self.difference = difference
  }
}
