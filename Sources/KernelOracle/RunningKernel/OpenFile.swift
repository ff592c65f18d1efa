internal import Glibc

/// A file of `/proc` that is kept open and read again and again, from any offset.
final class OpenFile {
  let path: String
  private let descriptor: Int32

  init(_ path: String) throws(OracleError) {
    self.path = path
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotRead(file: path, error: errno) }
  }

  deinit { close(descriptor) }

  /// Reads the whole file, which must be text of less than `limit` bytes.
  func readAll(into bytes: inout [UInt8], limit: Int = 1 << 24) throws(OracleError) -> Int {
    var count = 0
    while true {
      if count == bytes.count {
        guard bytes.count < limit else {
          throw .unexpected(file: path, what: "more than \(limit) bytes")
        }
        bytes.append(contentsOf: [UInt8](repeating: 0, count: max(4096, bytes.count)))
      }
      let got = unsafe bytes.withUnsafeMutableBytes { all in
        // Below the array's end: `count` is smaller than its count.
        unsafe pread(descriptor, all.baseAddress! + count, all.count - count, off_t(count))
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw .cannotRead(file: path, error: errno) }
      if got == 0 { return count }
      count += got
    }
  }

  /// Reads words into the beginning of an array that has room for them; all of them, or it fails.
  func read(_ count: Int, wordsAt index: UInt64, into words: inout [UInt64]) throws(OracleError) {
    precondition(count <= words.count)
    let got = unsafe words.withUnsafeMutableBytes { all in
      unsafe pread(descriptor, all.baseAddress!, count * 8, off_t(truncatingIfNeeded: index &* 8))
    }
    guard got >= 0 else { throw .cannotRead(file: path, error: errno) }
    guard got == count * 8 else {
      throw .unexpected(file: path, what: "\(got) bytes instead of \(count * 8)")
    }
  }
}
