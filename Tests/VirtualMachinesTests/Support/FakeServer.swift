import Foundation
import Synchronization

/// A program that listens at a Unix socket and says what a test wants, to the first who connects.
final class FakeServer: Sendable {
  let path: String
  private let listener: Int32
  private let heard = Mutex<[String]>([])

  /// What it was sent so far, line by line or packet by packet.
  var received: [String] { heard.withLock { $0 } }

  /// - Parameters:
  ///   - greeting: what is sent at once.
  ///   - separator: what ends a request.
  ///   - closes: hang up after the last answer, or without one.
  ///   - answer: what is sent for the request of that number; nil for nothing.
  init(
    greeting: [UInt8], separator: Character = "\n", closes: Bool = false,
    answer: @escaping @Sendable (_ number: Int, _ request: String) -> [UInt8]?
  ) throws {
    path = "/tmp/pagewalk-fake-\(UUID().uuidString)"
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0, listen(listener, 1) == 0 else { throw CocoaError(.fileWriteUnknown) }
    let thread = Thread { [self] in
      let client = accept(listener, nil, nil)
      defer { close(client) }
      guard client >= 0, Self.send(greeting, to: client) else { return }
      var buffer: [UInt8] = []
      var number = 0
      while !(closes && number > 0 || closes && greeting.isEmpty) {
        var piece = [UInt8](repeating: 0, count: 65536)
        let count = recv(client, &piece, piece.count, 0)
        guard count > 0 else { return }
        buffer += piece[..<count]
        while let end = buffer.firstIndex(of: separator.asciiValue ?? 10) {
          let request = String(decoding: buffer[..<end], as: UTF8.self)
          buffer.removeFirst(end + 1)
          heard.withLock { $0.append(request) }
          if let bytes = answer(number, request) {
            guard Self.send(bytes, to: client) else { return }
          }
          number += 1
        }
      }
    }
    thread.start()
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
    unlink(path)
  }

  /// - Returns: whether the other side still listens.
  private static func send(_ bytes: [UInt8], to client: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Foundation.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }
}

/// QEMU's greeting, as it is.
let greeting =
  Array(
    #"{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": ""}, "capabilities": ["oob"]}}"#
      .utf8)
  + [13, 10]

/// A line of the machine protocol.
func line(_ text: String) -> [UInt8] { Array(text.utf8) + [13, 10] }
