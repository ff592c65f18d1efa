public import ArgumentParser
import Views

/// A size in bytes, as a person types it: 4096, 4K, 4GiB.
public struct SizeArgument: ExpressibleByArgument {
  public let byteCount: UInt64

  public init?(argument: String) {
    guard let byteCount = parseSize(argument) else { return nil }
    self.byteCount = byteCount
  }
}

/// The levels' index bits, top first: `10,10`.
public struct LevelsArgument: ExpressibleByArgument {
  public let indexBits: [Int]

  public init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    indexBits = parts.compactMap { Int($0) }
    guard indexBits.count == parts.count else { return nil }
  }
}
