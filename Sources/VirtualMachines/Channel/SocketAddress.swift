/// Where a program listens: the path of a Unix socket, or a host and a port.
public enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
  case path(String)
  case host(String, port: UInt16)

  /// What a person wrote: `HOST:PORT` where it ends in a port and has no slash, otherwise a path.
  public init?(_ text: String) {
    guard !text.isEmpty else { return nil }
    if !text.contains("/"), let colon = text.lastIndex(of: ":") {
      guard let port = UInt16(text[text.index(after: colon)...]), port > 0 else { return nil }
      let host = text[..<colon].trimmingBrackets
      self = .host(host.isEmpty ? "localhost" : String(host), port: port)
    } else {
      self = .path(text)
    }
  }

  /// What QEMU's `query-chardev` calls a listening socket's file name: `unix:PATH,server=on`, or
  /// `tcp:HOST:PORT,server=on`, with `disconnected:` before it where nobody is connected.
  init?(chardev name: String) {
    var text = Substring(name)
    guard text.contains(",server=on"), text.hasPrefix("disconnected:") else { return nil }
    text = text.dropFirst("disconnected:".count).prefix { $0 != "," }
    if text.hasPrefix("unix:") {
      self = .path(String(text.dropFirst(5)))
    } else if text.hasPrefix("tcp:"),
      case .host(let host, let port)? = SocketAddress(String(text.dropFirst(4)))
    {
      // It listens everywhere.
      self = .host(host == "0.0.0.0" || host == "::" ? "localhost" : host, port: port)
    } else {
      return nil
    }
  }

  public var description: String {
    switch self {
    case .path(let path): path
    case .host(let host, let port): "\(host):\(port)"
    }
  }
}

extension Substring {
  /// An IPv6 address without the brackets that separate it from a port.
  fileprivate var trimmingBrackets: Substring {
    hasPrefix("[") && hasSuffix("]") ? dropFirst().dropLast() : self
  }
}
