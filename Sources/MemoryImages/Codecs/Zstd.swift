import CZstd
import PageTables

/// Zstandard (RFC 8878), by the system's library.
enum Zstd {
  /// Decompresses `input`; true if it fills `output` exactly.
  static func decode(_ input: RawSpan, into output: PageBuffer) -> Bool {
    // Sound: both buffers are passed with their sizes. The library allocates no window of its own when it
    // decompresses into one buffer.
    unsafe input.withUnsafeBytes { input in
      unsafe ZSTD_decompress(output.bytes.baseAddress, output.count, input.baseAddress, input.count)
        == output.count
    }
  }
}
