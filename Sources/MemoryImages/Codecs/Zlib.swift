import CZlib
import PageTables

/// zlib (RFC 1950), by the system's library.
enum Zlib {
  /// Inflates `input`; true if it is one whole stream that fills `output` exactly.
  static func decode(_ input: RawSpan, into output: PageBuffer) -> Bool {
    var produced = uLongf(output.count)
    // Sound: both buffers are passed with their sizes, which zlib keeps to.
    let status = unsafe input.withUnsafeBytes { input in
      unsafe uncompress(
        output.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), &produced,
        input.baseAddress?.assumingMemoryBound(to: UInt8.self), uLong(input.count))
    }
    return status == Z_OK && Int(produced) == output.count
  }
}
