import Glibc

/// The bytes of one file, mapped for reading, or a copy of bytes that were in memory.
///
/// The mapping is checked against the file's size once, when it is made. If somebody truncates the file while
/// it is open, the kernel answers a later read with SIGBUS, which ends the process: an image that is still
/// being written is not a thing to open. Nothing short of copying every byte (or a signal handler) prevents
/// that, and copying would cost what mapping saves.
@usableFromInline @safe
final class ByteStore: @unchecked Sendable {
  // Sound to share: the memory is never written after `init`, and lives until `deinit`.
  private let base: UnsafeRawPointer
  private let isMapped: Bool
  /// How many bytes there are.
  let count: Int
  /// The name for messages.
  let path: String

  /// Maps the file at `path`.
  convenience init(mapping path: String) throws(ImageError) {
    // Not blocking: opening a named pipe would wait for its writer.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.systemError(path, "cannot be opened") }
    defer { close(descriptor) }
    try self.init(mapping: descriptor, path: path)
  }

  /// Maps what an open file holds.
  init(mapping descriptor: Int32, path: String) throws(ImageError) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw Self.systemError(path, "cannot be examined") }
    var size = Int(status.st_size)
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFBLK: size = lseek(descriptor, 0, SEEK_END)
    default:
      throw ImageError(
        .unsupported, path: path, "is neither a regular file nor a block device",
        advice: "copy its content to a file first")
    }
    guard size > 0 else { throw ImageError(.truncated, path: path, offset: 0, "the file is empty") }
    guard let address = unsafe mmap(nil, size, PROT_READ, MAP_SHARED | MAP_NORESERVE, descriptor, 0),
      unsafe address != MAP_FAILED
    else { throw Self.systemError(path, "cannot be mapped") }
    unsafe base = UnsafeRawPointer(address)
    isMapped = true
    count = size
    self.path = path
  }

  /// Copies bytes that are in memory.
  init(copying bytes: [UInt8], path: String) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 4096)
    unsafe copy.copyBytes(from: bytes)
    // An allocation is never nil; its size is at least one byte.
    unsafe base = UnsafeRawPointer(copy.baseAddress!)
    isMapped = false
    count = bytes.count
    self.path = path
  }

  deinit {
    if isMapped {
      unsafe munmap(UnsafeMutableRawPointer(mutating: base), count)
    } else {
      unsafe base.deallocate()
    }
  }

  /// Where the byte at `offset` lies and how many follow it, itself included; nil from the end on.
  @unsafe func address(of offset: UInt64) -> (pointer: UnsafeRawPointer, count: Int)? {
    guard offset < UInt64(count) else { return nil }
    return unsafe (base + Int(offset), count - Int(offset))
  }

  /// The error of the last system call.
  static func systemError(_ path: String, _ what: String) -> ImageError {
    let reason = unsafe String(cString: strerror(errno))
    return ImageError(.system, path: path, "\(what): \(reason)")
  }
}
