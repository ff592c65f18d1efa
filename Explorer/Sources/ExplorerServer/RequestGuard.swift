public import HTTPTypes

/// Who may ask: requests that a web page of somebody else's makes a browser send, and those of strangers in the
/// network, are refused before anything looks at them.
public struct RequestGuard: Sendable {
  /// Why a request is refused.
  public struct Refusal: Error, Hashable, Sendable {
    public var status: HTTPResponse.Status
    public var message: String

    init(_ status: HTTPResponse.Status, _ message: String) {
      self.status = status
      self.message = message
    }
  }

  /// Longer addresses are none of ours.
  static let addressLimit = 4096
  static let cookieName = "pagewalk"

  /// The names that the server has, in lower case, without the port.
  let hosts: Set<String>
  /// Whether any numeric address is a name of the server: it listens on all of them.
  let acceptsNumericHosts: Bool
  /// Nil if it is not known beforehand; then the port is not checked.
  let port: Int?
  /// What a browser must know to be answered; nil where only this computer can connect.
  public let token: String?

  public init(hosts: Set<String>, acceptsNumericHosts: Bool = false, port: Int?, token: String?) {
    self.hosts = Set(hosts.map { $0.lowercased() })
    self.acceptsNumericHosts = acceptsNumericHosts
    self.port = port
    self.token = token
  }

  /// Checks all but the token.
  ///
  /// A page of another site that has its name point here (DNS rebinding) is known by `Host`; one that sends forms
  /// by `Origin`, the method, and the header that only scripts of our own page may set.
  public func check(_ request: HTTPRequest) throws(Refusal) {
    guard (request.path ?? "").utf8.count <= Self.addressLimit else {
      throw Refusal(.uriTooLong, "the address is longer than \(Self.addressLimit) bytes")
    }
    guard let host = request.authority, isOurs(host) else {
      throw Refusal(
        .misdirectedRequest,
        "this server is not '\((request.authority ?? "").prefix(80))'; use its own address")
    }
    if let origin = request.headerFields[.origin] {
      guard origin.hasPrefix("http://"), isOurs(String(origin.dropFirst("http://".count))) else {
        throw Refusal(.forbidden, "pages of other sites may not ask")
      }
    }
    if let site = request.headerFields[.secFetchSite], site == "cross-site",
      request.path?.hasPrefix("/api") == true
    {
      throw Refusal(.forbidden, "pages of other sites may not ask")
    }
    switch request.method {
    case .get, .head: return
    case .post:
      let path = request.path?.prefix { $0 != "?" }
      guard path == "/api/lab" else { throw Refusal(.methodNotAllowed, "only /api/lab takes POST") }
      guard request.headerFields[.pagewalk] == "1" else {
        throw Refusal(.forbidden, "the header X-Pagewalk: 1 is missing")
      }
      let type = (request.headerFields[.contentType] ?? "").prefix { $0 != ";" }.lowercased()
      guard type == "text/plain" || type == "application/json" else {
        throw Refusal(.unsupportedMediaType, "send the scenario as text/plain")
      }
    default: throw Refusal(.methodNotAllowed, "nothing here is changed: use GET")
    }
  }

  /// Whether a browser has shown that it knows the token.
  public func isKnown(_ request: HTTPRequest) -> Bool {
    guard let token else { return true }
    let cookies = request.headerFields[values: .cookie].flatMap { $0.split(separator: ";") }
    return cookies.contains { cookie in
      let pair = cookie.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
      return pair.count == 2 && pair[0] == Self.cookieName && Self.isSame(String(pair[1]), token)
    }
  }

  /// Whether a query has the token itself: `token=...` and nothing else.
  public func opens(query: String?) -> Bool {
    guard let token, let query, query.hasPrefix("token=") else { return false }
    return Self.isSame(String(query.dropFirst("token=".count)), token)
  }

  /// Compares in a time that does not tell how much is right.
  static func isSame(_ one: String, _ other: String) -> Bool {
    let (one, other) = (Array(one.utf8), Array(other.utf8))
    guard one.count == other.count else { return false }
    return zip(one, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  // MARK: Names

  private func isOurs(_ authority: String) -> Bool {
    guard let (host, port) = Self.parts(of: authority.lowercased()) else { return false }
    guard self.port == nil || port ?? 80 == self.port else { return false }
    if hosts.contains(host) { return true }
    return acceptsNumericHosts && Self.isNumeric(host)
  }

  /// `name:port`, `name`, `[address]:port`; nil if it is none of them.
  static func parts(of authority: String) -> (host: String, port: Int?)? {
    let split: (host: Substring, rest: Substring)
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      split = (authority[...end], authority[authority.index(after: end)...])
    } else {
      let end = authority.firstIndex(of: ":") ?? authority.endIndex
      split = (authority[..<end], authority[end...])
    }
    guard !split.host.isEmpty else { return nil }
    if split.rest.isEmpty { return (String(split.host), nil) }
    guard split.rest.first == ":", let port = UInt16(split.rest.dropFirst()) else { return nil }
    return (String(split.host), Int(port))
  }

  /// An address in numbers cannot be made to point here by somebody else's name server.
  static func isNumeric(_ host: String) -> Bool {
    if host.hasPrefix("["), host.hasSuffix("]") {
      return host.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
    }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }
}

extension HTTPField.Name {
  /// Set by the page's own scripts; no form of another site can set it.
  static var pagewalk: Self { Self("X-Pagewalk")! }
  static var secFetchSite: Self { Self("Sec-Fetch-Site")! }
  static var openerPolicy: Self { Self("Cross-Origin-Opener-Policy")! }
  static var referrer: Self { Self("Referrer-Policy")! }
}
