import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Testing
import Views

@testable import ExplorerServer

@Suite("The server's routes")
struct RouteTests {
  /// A server on the built-in machine, without a socket.
  private func withServer(
    token: String? = nil, _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void
  ) async throws {
    try await Self.application(token: token).test(.router) { try await body($0) }
  }

  static func application(
    token: String? = nil, limits: ExplorerServer.Limits = .init()
  ) throws -> some ApplicationProtocol {
    var server = ExplorerServer(
      ExplorerService(try SourceRequest(name: "lab").open(), waits: true),
      rules: RequestGuard(hosts: ["localhost"], port: nil, token: token))
    server.limits = limits
    var logger = Logger(label: "tests")
    logger.logLevel = .critical
    return server.application(host: "127.0.0.1", port: 0, logger: logger)
  }

  private static let lab: HTTPFields = [.pagewalk: "1", .contentType: "text/plain"]

  @Test("every answer keeps the page to itself")
  func headers() async throws {
    try await withServer { client in
      for path in ["/", "/assets/app.js", "/api/source", "/api/nothing", "/nothing", "/favicon.ico"] {
        let response = try await client.executeRequest(uri: path, method: .get, headers: [:], body: nil)
        #expect(response.headers[.xContentTypeOptions] == "nosniff", "\(path)")
        #expect(response.headers[.referrer] == "no-referrer", "\(path)")
        #expect(response.headers[.openerPolicy] == "same-origin", "\(path)")
        #expect(response.headers[.crossOriginResourcePolicy] == "same-origin", "\(path)")
        #expect(response.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true, "\(path)")
        #expect(response.headers[.cacheControl] != nil, "\(path)")
      }
    }
  }

  @Test("the page may run its own modules and its import map, whose nonce is new each time")
  func page() async throws {
    try await withServer { client in
      var nonces: Set<String> = []
      for _ in 0..<3 {
        let response = try await client.executeRequest(uri: "/", method: .get, headers: [:], body: nil)
        #expect(response.status == .ok)
        let text = String(buffer: response.body)
        let policy = try #require(response.headers[.contentSecurityPolicy])
        let nonce = try #require(policy.firstMatch(of: /'nonce-([0-9a-f]+)'/)).1
        #expect(text.contains("<script type=\"importmap\" nonce=\"\(nonce)\">"))
        #expect(!policy.contains("unsafe"))
        nonces.insert(String(nonce))
      }
      #expect(nonces.count == 3)
    }
  }

  @Test("the page's files come with their types, and not twice")
  func assets() async throws {
    try await withServer { client in
      #expect(PageFile.all.count > 10)
      for file in PageFile.all {
        let path = "/assets/\(file.name)"
        let response = try await client.executeRequest(uri: path, method: .get, headers: [:], body: nil)
        #expect(response.status == .ok, "\(path)")
        #expect(Array(response.body.readableBytesView) == file.bytes, "\(path)")
        #expect(response.headers[.contentType] == file.contentType)
        let tag = try #require(response.headers[.eTag])
        let again = try await client.executeRequest(
          uri: path, method: .get, headers: [.ifNoneMatch: tag], body: nil)
        #expect(again.status == .notModified)
        #expect(again.body.readableBytes == 0)
      }
    }
  }

  @Test(
    "nothing but the page's files is served",
    arguments: [
      "/assets/../Package.swift", "/assets/..%2f..%2fPackage.swift", "/assets/%2e%2e/%2e%2e/etc/passwd",
      "/assets/",
      "/assets/app.js/..", "/..", "/etc/passwd", "/assets//etc/passwd", "/api/../assets/app.js",
      "/assets/app.js%00",
    ])
  func traversal(path: String) async throws {
    try await withServer { client in
      let response = try await client.executeRequest(uri: path, method: .get, headers: [:], body: nil)
      #expect(response.status == .notFound, "\(String(buffer: response.body).prefix(100))")
      let error = try JSON(response.body.readableBytesView)
      #expect(error["error"]["message"].text?.isEmpty == false)
    }
  }

  @Test("what the service answers, the server answers")
  func answers() async throws {
    let service = try ExplorerService.on("lab")
    try await withServer { client in
      for question in [
        "/source", "/walk?pid=614&address=0x7e9e6c24", "/table?pid=614&address=7e9e6c24&level=pte",
        "/strip?pid=614",
        "/compare", "/frames", "/frame?frame=357537", "/audit", "/stats", "/lab/stories",
      ] {
        let response = try await client.executeRequest(
          uri: "/api" + question, method: .get, headers: [:], body: nil)
        #expect(response.status == .ok, "\(question)")
        #expect(response.headers[.contentType] == "application/json; charset=utf-8")
        #expect(response.headers[.cacheControl] == "no-store")
        #expect(Array(response.body.readableBytesView) == service.whatever(question).body, "\(question)")
      }
    }
  }

  @Test(
    "bad questions are answered by sentences",
    arguments: [
      ("/api/walk", 400), ("/api/walk?pid=614", 400), ("/api/walk?pid=614&address=xyz", 400),
      ("/api/walk?pid=614&address=1&address=2", 400), ("/api/walk?address=%zz", 400),
      ("/api/walk?more=1", 400),
      ("/api/walk?pid=1&address=0", 404), ("/api/walk?pid=&address=0", 404),
      ("/api/table?pid=614&address=7e9e6c24&level=pud", 404), ("/api/strip?pid=614&from=2000&to=1000", 400),
      ("/api/strip?pid=614&columns=0", 400), ("/api/strip?pid=614&columns=99999999999999999999", 400),
      ("/api/frames?count=0", 400), ("/api/frames?from=0xffffffffff", 400), ("/api/frame", 400),
      ("/api/frame?frame=-1", 400), ("/api/compare?count=100000", 400), ("/api/source?from=x", 400),
      ("/api/lab/step?session=0&step=0", 404), ("/api/lab/step?session=none", 400),
      ("/api/lab/events?session=0&from=0", 404), ("/api/lab/events?session=%0a&from=0", 400), ("/api/", 404),
      ("/api/walk/more", 404),
    ])
  func badQuestion(question: String, status: Int) async throws {
    try await withServer { client in
      let response = try await client.executeRequest(uri: question, method: .get, headers: [:], body: nil)
      #expect(response.status.code == status, "\(String(buffer: response.body).prefix(200))")
      let message = try JSON(response.body.readableBytesView)["error"]["message"].text
      #expect((message?.count ?? 0) > 10)
    }
  }

  @Test("a scenario is begun and stepped, forwards and backwards, with the same answers")
  func lab() async throws {
    try await withServer { client in
      let scenario =
        "machine x86-64,ram=64M\nspawn init\nmap init 100000+1M rw\nwrite init 100000 7 => minor\n"
      let begun = try await client.executeRequest(
        uri: "/api/lab", method: .post, headers: Self.lab, body: ByteBuffer(string: scenario))
      let answer = try JSON(begun.body.readableBytesView)
      #expect(answer["actions"].list.map(\.["line"].number) == [2, 3, 4])
      let session = try #require(answer["session"].text)
      var bodies: [Int: ByteBuffer] = [:]
      for step in [0, 1, 2, 3, 1, 3, 0] {
        let response = try await client.executeRequest(
          uri: "/api/lab/step?session=\(session)&step=\(step)", method: .get, headers: [:], body: nil)
        #expect(response.status == .ok)
        #expect(bodies[step] == nil || bodies[step] == response.body)
        bodies[step] = response.body
      }
      let last = try JSON(#require(bodies[3]).readableBytesView)
      #expect(last["expectations"][0]["met"].isTrue)
      #expect(
        last["changes"].list.contains { $0["level"].text == "pte" && $0["meaning"].text == "absent -> leaf" })
      #expect(last["tlb"].list.contains { $0["page"].text == "0x100000" })
      #expect(last["explanation"].list.count > 1)
      let behind = try await client.executeRequest(
        uri: "/api/lab/step?session=\(session)&step=4", method: .get, headers: [:], body: nil)
      #expect(behind.status == .badRequest)
    }
  }

  @Test("what is wrong with a scenario is said with its place")
  func malformedScenario() async throws {
    try await withServer { client in
      let response = try await client.executeRequest(
        uri: "/api/lab", method: .post, headers: Self.lab,
        body: ByteBuffer(string: "machine x86-64\nspawn init\nread nobody 1000\n"))
      #expect(response.status == .ok)
      let error = try JSON(response.body.readableBytesView)["error"]
      #expect(error["line"].number == 3)
      #expect((error["column"].number ?? 0) > 1)
      #expect(error["message"].text?.isEmpty == false)
    }
  }

  @Test("a scenario that is too much is refused: its text, its machine, its work")
  func largeScenarios() async throws {
    try await withServer { client in
      func post(_ text: String) async throws -> TestResponse {
        try await client.executeRequest(
          uri: "/api/lab", method: .post, headers: Self.lab, body: ByteBuffer(string: text))
      }
      let long = try await post("machine x86-64\n" + String(repeating: "#", count: 64 << 10))
      #expect(long.status == .contentTooLarge)
      let large = try JSON(try await post("machine x86-64,ram=64G\n").body.readableBytesView)
      #expect(large["error"]["message"].text?.contains("too large") == true)
      let busy = try JSON(
        try await post(
          "machine x86-64,ram=64M\nspawn init\nrepeat 1000000000000000 {\n  note \"x\"\n}\n"
        ).body.readableBytesView)
      let session = try #require(busy["session"].text, "\(busy["error"]["message"].text ?? "")")
      let step = try await client.executeRequest(
        uri: "/api/lab/step?session=\(session)&step=2", method: .get, headers: [:], body: nil)
      let failure = try JSON(step.body.readableBytesView)["failure"]
      #expect(failure["message"].text?.contains("limit") == true)
      let bytes = try await client.executeRequest(
        uri: "/api/lab", method: .post, headers: Self.lab, body: ByteBuffer(bytes: [0xff, 0xfe]))
      #expect(bytes.status == .badRequest)
    }
  }

  @Test("the ninth scenario closes the one that nobody asked for the longest")
  func sessions() async throws {
    try await withServer { client in
      var sessions: [String] = []
      for _ in 0..<9 {
        let response = try await client.executeRequest(
          uri: "/api/lab", method: .post, headers: Self.lab, body: ByteBuffer(string: "machine arm,ram=64M\n")
        )
        sessions.append(try #require(try JSON(response.body.readableBytesView)["session"].text))
      }
      for (place, session) in sessions.enumerated() {
        let response = try await client.executeRequest(
          uri: "/api/lab/events?session=\(session)", method: .get, headers: [:], body: nil)
        #expect(response.status == (place == 0 ? .notFound : .ok))
      }
    }
  }

  @Test("a scenario that is played ends with its end")
  func events() async throws {
    try await withServer { client in
      let begun = try await client.executeRequest(
        uri: "/api/lab", method: .post, headers: Self.lab,
        body: ByteBuffer(string: "machine arm,ram=64M\nspawn init\n"))
      let session = try #require(try JSON(begun.body.readableBytesView)["session"].text)
      let response = try await client.executeRequest(
        uri: "/api/lab/events?session=\(session)&from=0", method: .get, headers: [:], body: nil)
      #expect(response.headers[.contentType] == "text/event-stream")
      let events = String(buffer: response.body).split(separator: "\n\n")
      #expect(events.map { $0.prefix { $0 != "\n" } } == ["event: step", "event: step", "event: end"])
      for (step, event) in events.dropLast().enumerated() {
        let data = event.split(separator: "\n")[1].dropFirst("data: ".count)
        #expect(try JSON(Array(data.utf8))["step"].number == step)
      }
    }
  }

  @Test("without the token nothing is told; with it the browser gets a cookie")
  func token() async throws {
    try await withServer(token: "5ec7e7") { client in
      for path in ["/", "/api/source", "/assets/app.js", "/?token=wrong", "/api/source?token=5ec7e7"] {
        let response = try await client.executeRequest(uri: path, method: .get, headers: [:], body: nil)
        #expect(response.status == .unauthorized, "\(path)")
        #expect(!String(buffer: response.body).contains("5ec7e7"))
      }
      let entrance = try await client.executeRequest(
        uri: "/?token=5ec7e7", method: .get, headers: [:], body: nil)
      #expect(entrance.status == .seeOther)
      #expect(entrance.headers[.location] == "/")
      #expect(entrance.headers[.setCookie] == "pagewalk=5ec7e7; HttpOnly; SameSite=Strict; Path=/")
      let response = try await client.executeRequest(
        uri: "/api/source", method: .get, headers: [.cookie: "pagewalk=5ec7e7"], body: nil)
      #expect(response.status == .ok)
    }
  }

  @Test("HEAD is GET without the body")
  func head() async throws {
    try await withServer { client in
      for path in ["/", "/assets/app.js", "/api/source"] {
        let response = try await client.executeRequest(uri: path, method: .head, headers: [:], body: nil)
        #expect(response.status == .ok)
        #expect(response.body.readableBytes == 0)
      }
    }
  }
}
