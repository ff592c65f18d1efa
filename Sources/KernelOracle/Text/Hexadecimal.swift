extension FixedWidthInteger {
  /// In hexadecimal digits, without prefix.
  var hexadecimal: String { String(self, radix: 16) }
}
