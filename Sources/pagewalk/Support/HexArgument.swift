import ArgumentParser
import Views

/// A hexadecimal number on the command line, with or without `0x`.
struct HexArgument: ExpressibleByArgument {
  let value: UInt64

  init?(argument: String) {
    guard let value = parseHexadecimal(argument) else { return nil }
    self.value = value
  }
}
