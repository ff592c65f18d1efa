/// A number as people read addresses.
func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
