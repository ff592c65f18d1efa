import CSnappy
import PageTables

/// Snappy's raw format, by the system's library.
enum Snappy {
  /// Decompresses `input`; true if it fills `output` exactly.
  static func decode(_ input: RawSpan, into output: PageBuffer) -> Bool {
    // Sound: both buffers are passed with their sizes; the length is compared before anything is written.
    unsafe input.withUnsafeBytes { input in
      guard let source = unsafe input.baseAddress?.assumingMemoryBound(to: CChar.self) else { return false }
      var length = 0
      guard unsafe snappy_uncompressed_length(source, input.count, &length) == SNAPPY_OK,
        length == output.count
      else { return false }
      return unsafe snappy_uncompress(
        source, input.count, output.bytes.baseAddress?.assumingMemoryBound(to: CChar.self), &length)
        == SNAPPY_OK
        && length == output.count
    }
  }
}
