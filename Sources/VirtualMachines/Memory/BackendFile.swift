import Glibc

/// An open file that may be a backend's.
final class BackendFile {
  let backend: MemoryBackend
  let descriptor: Int32
  /// For people.
  let name: String

  /// Opens a file for reading, if it is there and large enough.
  init?(_ path: String, of backend: MemoryBackend, name: String) {
    // Not blocking: opening a named pipe would wait for its writer.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    // Sound: the structure is the call's to fill.
    let isRegular = unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    guard isRegular, status.st_size > 0, UInt64(status.st_size) >= backend.sizeBytes else {
      close(descriptor)
      return nil
    }
    self.backend = backend
    self.descriptor = descriptor
    self.name = name
  }

  deinit { close(descriptor) }
}
