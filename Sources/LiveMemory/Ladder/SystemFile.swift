internal import Glibc

/// An open file of `/proc`, `/sys` or `/dev`, closed with the last reference.
final class SystemFile: Sendable {
  let path: String
  let descriptor: Int32

  /// Why a file could not be opened or read.
  struct Failure: Error {
    var path: String
    var number: Int32
    var isMissing: Bool { number == ENOENT || number == ENXIO || number == ENODEV }
    var isForbidden: Bool { number == EACCES }
    var isNotPermitted: Bool { number == EPERM }
    var words: String { "\(path): \(systemMessage(number))" }
  }

  init(_ path: String, forWriting: Bool = false) throws(Failure) {
    self.path = path
    descriptor = unsafe open(path, (forWriting ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Failure(path: path, number: errno) }
  }

  deinit { close(descriptor) }

  /// Reads bytes at an offset into `buffer`: how many; fewer than it has room for only at the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(Failure) -> Int {
    var done = 0
    while done < buffer.count {
      // Sound: `pread` writes no further than the rest of the buffer.
      let got = unsafe pread(
        descriptor, buffer.baseAddress! + done, buffer.count - done,
        off_t(truncatingIfNeeded: offset &+ UInt64(done)))
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw Failure(path: path, number: errno) }
      if got == 0 { break }
      done += got
    }
    return done
  }

  /// Up to `count` bytes at an offset; fewer at the end of the file.
  func bytes(at offset: UInt64, count: Int) throws(Failure) -> [UInt8] {
    guard count > 0 else { return [] }
    var result = [UInt8](repeating: 0, count: count)
    let outcome: Result<Int, Failure> = unsafe result.withUnsafeMutableBytes { buffer in
      do throws(Failure) { return .success(unsafe try read(into: buffer, at: offset)) } catch {
        return .failure(error)
      }
    }
    result.removeLast(count - (try outcome.get()))
    return result
  }

  /// `count` words of 64 bits from word number `index` on; fewer at the end of the file.
  func words(at index: UInt64, count: Int) throws(Failure) -> [UInt64] {
    guard count > 0, index <= UInt64(Int64.max) / 8 else { return [] }
    let bytes = try bytes(at: index * 8, count: count * 8)
    return (0..<bytes.count / 8).map { word in
      bytes[(word * 8)..<(word * 8 + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  /// All of a text of at most `limitBytes`; what is beyond is left out.
  func text(limitBytes: Int = 16 << 20) throws(Failure) -> String {
    var all: [UInt8] = []
    while all.count < limitBytes {
      let part = try bytes(at: UInt64(all.count), count: min(64 << 10, limitBytes - all.count))
      if part.isEmpty { break }
      all += part
    }
    return String(decoding: all, as: UTF8.self)
  }
}

/// The system's words for an error number.
func systemMessage(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }
