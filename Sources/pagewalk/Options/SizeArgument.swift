import ArgumentParser
import Views

/// A size in bytes, as a person types it: 4096, 4K, 4GiB.
struct SizeArgument: ExpressibleByArgument {
  let byteCount: UInt64

  init?(argument: String) {
    guard let byteCount = parseSize(argument) else { return nil }
    self.byteCount = byteCount
  }
}

/// The levels' index bits, top first: `10,10`.
struct LevelsArgument: ExpressibleByArgument {
  let indexBits: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    indexBits = parts.compactMap { Int($0) }
    guard indexBits.count == parts.count else { return nil }
  }
}
