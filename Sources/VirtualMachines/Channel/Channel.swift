import Glibc

/// A connected stream socket. Every wait has an end, and nothing that arrives is kept beyond a limit.
final class Channel: Sendable {
  let descriptor: Int32
  /// For messages.
  let name: String
  /// The process that listened, as the system says; nil where it is on another machine.
  let listener: Listener?

  /// A process and its user.
  struct Listener: Hashable, Sendable {
    var processID: Int32
    var userID: UInt32
    var groupID: UInt32
  }

  /// Connects.
  init(to address: SocketAddress, within time: Duration) throws(VirtualMachineError) {
    name = "\(address)"
    let deadline = Deadline(after: time)
    switch address {
    case .path(let path):
      descriptor = try Self.connect(path: path)
      listener = Self.listener(descriptor)
    case .host(let host, let port):
      descriptor = try Self.connect(host: host, port: port, name: name, deadline: deadline)
      listener = nil
    }
  }

  deinit { close(descriptor) }

  /// Lets the other side know that nothing more comes.
  func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Sends all bytes.
  func send(_ bytes: [UInt8], until deadline: Deadline) throws(VirtualMachineError) {
    var sent = 0
    while sent < bytes.count {
      // Sound: the slice ends where the array does.
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.send(
          descriptor, $0.baseAddress! + sent, $0.count - sent,
          Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
      }
      if count > 0 {
        sent += count
      } else if count < 0, errno == EAGAIN || errno == EINTR {
        try wait(for: POLLOUT, until: deadline)
      } else {
        throw VirtualMachineError(name, "the connection was closed")
      }
    }
  }

  /// Whatever arrives next, at least one byte.
  func receive(until deadline: Deadline) throws(VirtualMachineError) -> [UInt8] {
    while true {
      try wait(for: POLLIN, until: deadline)
      // Sound: `recv` is given the buffer's own size, and says how much of it it filled.
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
        count = unsafe max(0, recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)))
      }
      if !bytes.isEmpty { return bytes }
      guard errno == EAGAIN || errno == EINTR else {
        throw VirtualMachineError(name, "the connection was closed")
      }
      errno = 0
    }
  }

  private func wait(for event: Int32, until deadline: Deadline) throws(VirtualMachineError) {
    var poller = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    while true {
      let left = deadline.remainingMilliseconds
      errno = 0
      // Sound: one structure, for the length of the call.
      let ready = unsafe poll(&poller, 1, left)
      if ready > 0 { return }
      guard ready == 0 || errno == EINTR else { throw VirtualMachineError(name, "the connection broke") }
      guard left > 0 else { throw VirtualMachineError(name, "no answer in time") }
    }
  }
}

extension Channel {
  private static let streamType = Int32(
    SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)

  private static func connect(path: String) throws(VirtualMachineError) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path) - 1
    guard path.utf8.count <= room, !path.utf8.contains(0) else {
      throw VirtualMachineError(
        path, "a socket's path has at most \(room) bytes", advice: "make a link to it")
    }
    // Sound: the path and its terminating zero fit; what is behind it is zero.
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let descriptor = socket(AF_UNIX, streamType, 0)
    guard descriptor >= 0 else { throw systemError(path, "no socket can be made") }
    // Sound: the structure is read for the length of the call, with its own size.
    let result = unsafe withUnsafePointer(to: address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else {
      let error =
        errno == EAGAIN
        ? VirtualMachineError(
          path, "others are connected and wait", advice: "give QEMU a -qmp socket of its own")
        : systemError(path, "cannot be connected to")
      close(descriptor)
      throw error
    }
    return descriptor
  }

  private static func connect(
    host: String, port: UInt16, name: String, deadline: Deadline
  ) throws(VirtualMachineError) -> Int32 {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    // Sound: the list is freed below, and its nodes are read before that only.
    let status = unsafe getaddrinfo(host, "\(port)", &hints, &list)
    guard status == 0 else {
      throw VirtualMachineError(
        name, "the host is not known: \(unsafe String(cString: gai_strerror(status)))")
    }
    defer { unsafe freeaddrinfo(list) }
    var error = VirtualMachineError(name, "the host has no address")
    var next = unsafe list
    while let node = unsafe next {
      let descriptor = socket(
        unsafe node.pointee.ai_family, streamType, 0)
      guard descriptor >= 0 else { throw systemError(name, "no socket can be made") }
      var result = unsafe Glibc.connect(descriptor, node.pointee.ai_addr, node.pointee.ai_addrlen)
      if result != 0, errno == EINPROGRESS {
        var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        errno = ETIMEDOUT
        if unsafe poll(&poller, 1, deadline.remainingMilliseconds) > 0 {
          var size = socklen_t(MemoryLayout<Int32>.size)
          var trouble: Int32 = 0
          unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &trouble, &size)
          errno = trouble
          result = trouble == 0 ? 0 : -1
        }
      }
      if result == 0 { return descriptor }
      error = systemError(name, "cannot be connected to")
      close(descriptor)
      unsafe next = node.pointee.ai_next
    }
    throw error
  }

  private static func listener(_ descriptor: Int32) -> Listener? {
    var credentials = (processID: Int32(0), userID: UInt32(0), groupID: UInt32(0))
    var size = socklen_t(12)
    // Sound: `struct ucred` is these three numbers (unix(7)), and the call is told the size.
    guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0,
      credentials.processID > 0
    else { return nil }
    return Listener(
      processID: credentials.processID, userID: credentials.userID, groupID: credentials.groupID)
  }

  /// The error of the last system call.
  static func systemError(_ name: String, _ what: String) -> VirtualMachineError {
    let reason = unsafe String(cString: strerror(errno))
    return VirtualMachineError(name, "\(what): \(reason)")
  }
}
