import Foundation

/// One end of a stream socket; every wait has an end.
final class Channel {
  private let descriptor: Int32

  init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit { Foundation.close(descriptor) }

  /// Sends all bytes. Callers keep what is under way small enough for the socket's buffer, so that neither
  /// side waits for the other.
  func send(_ bytes: [UInt8]) throws(QEMUFailure) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Foundation.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else {
        if errno == EINTR { continue }
        throw QEMUFailure("QEMU has closed its debugger: errno \(errno)")
      }
      sent += count
    }
  }

  /// Whatever arrives next.
  func receive(until deadline: Deadline) throws(QEMUFailure) -> [UInt8] {
    var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    var ready: Int32
    repeat {
      ready = poll(&poller, 1, deadline.remainingMilliseconds)
    } while ready < 0 && errno == EINTR
    guard ready > 0 else { throw QEMUFailure("QEMU did not answer in time") }
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
    guard count > 0 else { throw QEMUFailure("QEMU has ended") }
    return [UInt8](bytes.prefix(count))
  }
}
