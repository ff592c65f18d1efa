import HTTPTypes
import Testing

@testable import ExplorerServer

@Suite("Who may ask")
struct RequestGuardTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var method = HTTPRequest.Method.get
    var host: String? = "localhost:8614"
    var path = "/api/source"
    var headers: HTTPFields = [:]
    /// Nil if it is let through.
    var refused: HTTPResponse.Status?
    var testDescription: String { name }
  }

  static let lab: HTTPFields = [.pagewalk: "1", .contentType: "text/plain; charset=utf-8"]

  static let cases: [Case] = [
    Case(name: "by name"),
    Case(name: "by address", host: "127.0.0.1:8614"),
    Case(name: "by address of IPv6", host: "[::1]:8614"),
    Case(name: "in capitals", host: "LOCALHOST:8614"),
    Case(name: "HEAD", method: .head),
    Case(name: "without a host", host: nil, refused: .misdirectedRequest),
    Case(name: "a name that was made to point here", host: "evil.example:8614", refused: .misdirectedRequest),
    Case(name: "our name as a part", host: "localhost.evil.example:8614", refused: .misdirectedRequest),
    Case(name: "another port", host: "localhost:80", refused: .misdirectedRequest),
    Case(name: "no port", host: "localhost", refused: .misdirectedRequest),
    Case(name: "a port that is none", host: "localhost:99999", refused: .misdirectedRequest),
    Case(name: "an unclosed bracket", host: "[::1", refused: .misdirectedRequest),
    Case(name: "an empty host", host: "", refused: .misdirectedRequest),
    Case(name: "another address of this computer", host: "192.168.1.2:8614", refused: .misdirectedRequest),
    Case(name: "our own origin", headers: [.origin: "http://localhost:8614"]),
    Case(name: "another origin", headers: [.origin: "http://evil.example"], refused: .forbidden),
    Case(
      name: "another server of this computer", headers: [.origin: "http://localhost:3000"],
      refused: .forbidden),
    Case(name: "a sandboxed origin", headers: [.origin: "null"], refused: .forbidden),
    Case(name: "our name with TLS", headers: [.origin: "https://localhost:8614"], refused: .forbidden),
    Case(name: "an image on another site", headers: [.secFetchSite: "cross-site"], refused: .forbidden),
    Case(name: "the lab", method: .post, path: "/api/lab", headers: lab),
    Case(
      name: "the lab, as JSON", method: .post, path: "/api/lab",
      headers: [.pagewalk: "1", .contentType: "application/json"]),
    Case(
      name: "the lab, by a form", method: .post, path: "/api/lab", headers: [.contentType: "text/plain"],
      refused: .forbidden),
    Case(
      name: "the lab, of another type", method: .post, path: "/api/lab",
      headers: [.pagewalk: "1", .contentType: "multipart/form-data"], refused: .unsupportedMediaType),
    Case(name: "POST elsewhere", method: .post, headers: lab, refused: .methodNotAllowed),
    Case(
      name: "POST below the lab", method: .post, path: "/api/lab/step", headers: lab,
      refused: .methodNotAllowed),
    Case(name: "PUT", method: .put, refused: .methodNotAllowed),
    Case(name: "DELETE", method: .delete, refused: .methodNotAllowed),
    Case(name: "OPTIONS", method: .options, refused: .methodNotAllowed),
    Case(name: "CONNECT", method: .connect, refused: .methodNotAllowed),
    Case(name: "a long address", path: "/" + String(repeating: "a", count: 4096), refused: .uriTooLong),
  ]

  @Test("a request is let through, or refused for its reason", arguments: cases)
  func request(_ example: Case) {
    let rules = RequestGuard(hosts: ["localhost", "127.0.0.1", "[::1]"], port: 8614, token: nil)
    let request = HTTPRequest(
      method: example.method, scheme: "http", authority: example.host, path: example.path,
      headerFields: example.headers)
    var refused: HTTPResponse.Status?
    do throws(RequestGuard.Refusal) { try rules.check(request) } catch { refused = error.status }
    #expect(refused == example.refused)
  }

  @Test("where all addresses are listened on, numbers are names, other names are not")
  func everywhere() throws {
    let rules = RequestGuard(hosts: ["localhost"], acceptsNumericHosts: true, port: 8614, token: "x")
    func isRefused(_ host: String) -> Bool {
      let request = HTTPRequest(method: .get, scheme: "http", authority: host, path: "/")
      return (try? rules.check(request)) == nil
    }
    #expect(!isRefused("192.168.1.2:8614"))
    #expect(!isRefused("[fe80::1]:8614"))
    #expect(isRefused("192.168.1.2:80"))
    #expect(isRefused("1.2.3.4.example:8614"))
    #expect(isRefused("256.1.1.1:8614"))
  }

  @Test("the token opens by cookie, and by itself in the query only")
  func token() {
    let rules = RequestGuard(hosts: ["localhost"], port: nil, token: "0123456789abcdef")
    func isKnown(_ cookie: String?) -> Bool {
      var request = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/")
      if let cookie { request.headerFields[.cookie] = cookie }
      return rules.isKnown(request)
    }
    #expect(isKnown("pagewalk=0123456789abcdef"))
    #expect(isKnown("a=b; pagewalk=0123456789abcdef; c=d"))
    #expect(!isKnown(nil))
    #expect(!isKnown("pagewalk=0123456789abcdee"))
    #expect(!isKnown("pagewalk=0123456789abcdef0"))
    #expect(!isKnown("pagewalk="))
    #expect(!isKnown("other=0123456789abcdef"))
    #expect(rules.opens(query: "token=0123456789abcdef"))
    #expect(!rules.opens(query: "token=0123456789abcdef&x=1"))
    #expect(!rules.opens(query: nil))
    #expect(!RequestGuard(hosts: [], port: nil, token: nil).opens(query: "token="))
  }
}
