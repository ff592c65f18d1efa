import CZstd
import PageTables
import Synchronization

/// Zstandard (RFC 8878), by the system's library.
enum Zstd {
  /// Contexts that nobody uses now. Making one takes longer than decompressing a page, so they are kept; there
  /// are never more than threads that decompressed at the same time.
  private static let idle = Mutex<[Context]>([])

  /// Decompresses `input`; true if it fills `output` exactly.
  static func decode(_ input: RawSpan, into output: PageBuffer) -> Bool {
    guard let context = idle.withLock({ $0.popLast() }) ?? Context() else { return false }
    defer { idle.withLock { $0.append(context) } }
    // Sound: both buffers are passed with their sizes, and the context is ours alone until it is given back. The
    // library allocates no window of its own when it decompresses into one buffer.
    return unsafe input.withUnsafeBytes { input in
      unsafe ZSTD_decompressDCtx(
        context.state, output.bytes.baseAddress, output.count, input.baseAddress, input.count)
        == output.count
    }
  }

  /// The library's state.
  @safe
  private struct Context: @unchecked Sendable {
    // Sound to send: the pool hands a context to one thread at a time.
    let state: OpaquePointer

    /// Nil if there is no memory for one.
    init?() {
      guard let state = unsafe ZSTD_createDCtx() else { return nil }
      unsafe self.state = unsafe state
    }
  }
}
