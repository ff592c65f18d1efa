import Glibc

/// Reads a whole file, which may be one of those of `/proc` that say they have no size.
package func readFile(at path: String, limitBytes: Int) throws(ImageError) -> [UInt8] {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw ByteStore.systemError(path, "cannot be opened") }
  defer { close(descriptor) }
  var content: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 64 << 10)
  while true {
    // Sound: `read` writes at most as many bytes as the buffer has.
    let received = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
    guard received >= 0 else { throw ByteStore.systemError(path, "cannot be read") }
    guard received > 0 else { return content }
    guard content.count + received <= limitBytes else {
      throw ImageError(.limit, path: path, "has more than the \(limitBytes) bytes that such a file may have")
    }
    content.append(contentsOf: buffer.prefix(received))
  }
}
