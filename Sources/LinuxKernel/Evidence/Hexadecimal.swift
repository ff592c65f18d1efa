/// A number as sentences have it: `0x1f`.
func hexadecimal(_ value: UInt64) -> String { "0x" + hexadecimalDigits(value) }

/// A number as addresses and raw entries stand in tables: `1f`.
func hexadecimalDigits(_ value: UInt64) -> String { String(value, radix: 16) }
