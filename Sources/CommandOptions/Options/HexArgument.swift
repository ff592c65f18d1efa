public import ArgumentParser
import Views

/// A hexadecimal number on the command line, with or without `0x`.
public struct HexArgument: ExpressibleByArgument {
  public let value: UInt64

  public init?(argument: String) {
    guard let value = parseHexadecimal(argument) else { return nil }
    self.value = value
  }
}
