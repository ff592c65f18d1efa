import CZlib
import PageTables

/// zlib's inflate, step by step, for streams that are larger than a page.
@safe
struct Inflater {
  /// What one step did.
  struct Step {
    let consumed: Int
    let produced: Int
    /// The stream ended, with a right checksum.
    let isAtEnd: Bool
    /// The input is no valid stream.
    let isBroken: Bool
  }

  /// zlib could not allocate its state, or its version differs from the header's.
  struct SetupFailure: Error {}

  // On the heap, because zlib keeps a pointer to it.
  private let stream: UnsafeMutablePointer<z_stream>

  init() throws(SetupFailure) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let status = unsafe inflateInit_(stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      unsafe stream.deallocate()
      throw SetupFailure()
    }
  }

  /// Frees the state; nothing may be called afterwards.
  mutating func end() {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Inflates from `input` until it is used up or `output` is full.
  mutating func step(_ input: RawSpan, into output: inout [UInt8]) -> Step {
    // Sound: zlib gets both buffers with their sizes, and keeps neither pointer that is used after this call.
    unsafe input.withUnsafeBytes { input in
      unsafe output.withUnsafeMutableBytes { output in
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
          mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
        unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = UInt32(clamping: output.count)
        let status = unsafe inflate(stream, Z_NO_FLUSH)
        return unsafe Step(
          consumed: input.count - Int(stream.pointee.avail_in),
          produced: output.count - Int(stream.pointee.avail_out),
          isAtEnd: status == Z_STREAM_END,
          isBroken: status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      }
    }
  }
}
