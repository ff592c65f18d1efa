import CLZO
import CSnappy
import CZlib
import CZstd

/// How a page of a kdump is stored.
public enum Compression: UInt32, Sendable, CaseIterable {
  case none = 0
  case zlib = 1
  case lzo = 2
  case snappy = 4
  case zstd = 0x20

  /// The compressed form of `bytes`.
  public func encode(_ bytes: [UInt8]) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: bytes.count * 2 + 1024)
    switch self {
    case .none:
      return bytes
    case .zlib:
      var count = uLongf(output.count)
      precondition(compress2(&output, &count, bytes, uLong(bytes.count), 1) == Z_OK)
      return Array(output.prefix(Int(count)))
    case .lzo:
      precondition(__lzo_init_v2(UInt32(LZO_VERSION), -1, -1, -1, -1, -1, -1, -1, -1, -1) == LZO_E_OK)
      // LZO1X_1_MEM_COMPRESS, a macro that is not imported.
      var work = [UInt8](repeating: 0, count: 16_384 * 8)
      var count = lzo_uint(0)
      precondition(lzo1x_1_compress(bytes, lzo_uint(bytes.count), &output, &count, &work) == LZO_E_OK)
      return Array(output.prefix(Int(count)))
    case .snappy:
      var count = output.count
      let status = bytes.withUnsafeBytes { input in
        output.withUnsafeMutableBytes { output in
          snappy_compress(
            input.baseAddress?.assumingMemoryBound(to: CChar.self), input.count,
            output.baseAddress?.assumingMemoryBound(to: CChar.self), &count)
        }
      }
      precondition(status == SNAPPY_OK)
      return Array(output.prefix(count))
    case .zstd:
      let count = ZSTD_compress(&output, output.count, bytes, bytes.count, 1)
      precondition(ZSTD_isError(count) == 0)
      return Array(output.prefix(count))
    }
  }
}
