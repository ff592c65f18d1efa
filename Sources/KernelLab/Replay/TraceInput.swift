import Glibc
import PageTables

/// The bytes of a trace, a bounded block at a time: the trace may be larger than memory, or a pipe.
struct TraceInput: ~Copyable {
  /// How much is read at once.
  static let blockByteCount = 1 << 20

  let name: String
  /// What was read and what follows it; the bytes from `end` on are not of the trace.
  private var buffer: [UInt8]
  /// The first byte that has not been used.
  private(set) var position = 0
  private(set) var end: Int
  /// The place of `position` in the file.
  private(set) var offset: UInt64 = 0
  /// Whether there is nothing behind `end`.
  private(set) var isAtEnd: Bool
  private let descriptor: Int32
  private let isOwner: Bool

  /// Opens a file, or standard input for `-`.
  init(path: String) throws(TraceError) {
    name = path == "-" ? "standard input" : path
    descriptor = path == "-" ? 0 : unsafe open(path, O_RDONLY | O_CLOEXEC)
    isOwner = path != "-"
    buffer = [UInt8](repeating: 0, count: Self.blockByteCount)
    end = 0
    isAtEnd = false
    guard descriptor >= 0 else {
      throw TraceError(path, "cannot be opened: \(Self.systemMessage)")
    }
  }

  /// Bytes that are in memory already.
  init(bytes: [UInt8], name: String) {
    self.name = name
    buffer = bytes
    end = bytes.count
    isAtEnd = true
    descriptor = -1
    isOwner = false
  }

  deinit {
    if isOwner, descriptor >= 0 { close(descriptor) }
  }

  /// The bytes that are there and were not used.
  var available: Int { end - position }

  /// Reads on until `count` bytes are there, or the trace ends; `count` is at most half a block.
  ///
  /// - Returns: whether so many are there.
  mutating func require(_ count: Int) throws(TraceError) -> Bool {
    if available >= count { return true }
    guard !isAtEnd else { return false }
    keepAvailable()
    while end < count, !isAtEnd {
      let start = end
      // Sound: `read` writes at most as many bytes as the buffer has from `start` on, which is below its count.
      let received = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe read(descriptor, bytes.baseAddress! + start, bytes.count - start)
      }
      if received < 0 {
        guard errno == EINTR else {
          throw TraceError(name, .offset(offset + UInt64(end)), "cannot be read: \(Self.systemMessage)")
        }
        continue
      }
      if received == 0 { isAtEnd = true }
      end += received
    }
    return available >= count
  }

  /// Moves the available bytes to the buffer's beginning.
  private mutating func keepAvailable() {
    let start = position
    let count = available
    // Sound: both stretches lie in the buffer, and memmove lets them overlap.
    unsafe buffer.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress, count > 0 else { return }
      unsafe memmove(base, base + start, count)
    }
    end = count
    position = 0
  }

  /// Marks `count` of the available bytes as used.
  mutating func advance(_ count: Int) {
    position += count
    offset += UInt64(count)
  }

  /// Lends the available bytes.
  borrowing func withBytes<Answer, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Answer
  ) throws(Failure) -> Answer {
    // Sound: the bytes are initialised and live while the buffer is borrowed; every pattern is a byte.
    try body(unsafe buffer.span.bytes.extracting(position..<end))
  }

  static var systemMessage: String { unsafe String(cString: strerror(errno)) }
}
