import PageTables

/// A page that is stored as it is.
enum Uncompressed {
  /// Copies `input`; true if it fills `output` exactly.
  static func decode(_ input: RawSpan, into output: PageBuffer) -> Bool {
    guard input.byteCount == output.count else { return false }
    // Sound: both have the same size.
    unsafe input.withUnsafeBytes { unsafe output.bytes.copyMemory(from: $0) }
    return true
  }
}
