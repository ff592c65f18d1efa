import CLZO
import PageTables

/// LZO1X, by the system's library.
enum LZO {
  /// Whether the library agrees with its header; asked once, as it demands. `lzo_init` is a macro in C: it
  /// calls this with the sizes of types, for which -1 means "do not check".
  private static let isUsable =
    __lzo_init_v2(UInt32(LZO_VERSION), -1, -1, -1, -1, -1, -1, -1, -1, -1) == LZO_E_OK

  /// Decompresses `input`; true if it fills `output` exactly.
  static func decode(_ input: RawSpan, into output: PageBuffer) -> Bool {
    guard isUsable else { return false }
    var produced = lzo_uint(output.count)
    // Sound: both buffers are passed with their sizes; the `safe` variant checks every access against them.
    let status = unsafe input.withUnsafeBytes { input in
      unsafe lzo1x_decompress_safe(
        input.baseAddress?.assumingMemoryBound(to: UInt8.self), lzo_uint(input.count),
        output.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), &produced, nil)
    }
    return status == LZO_E_OK && Int(produced) == output.count
  }
}
