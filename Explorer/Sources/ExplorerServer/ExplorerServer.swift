import HTTPTypes
public import Hummingbird
import HummingbirdCore
public import Logging
public import NIOCore
import ServiceLifecycle
public import Views

/// The explorer as a web server: the page, and what it asks.
public struct ExplorerServer: Sendable {
  /// What the server may be made to do, and for how long.
  public struct Limits: Sendable {
    public var connections = 64
    /// A connection on which nothing happens is closed.
    public var idleTime = TimeAmount.seconds(30)
    /// A request must have come by then.
    public var requestTime = TimeAmount.seconds(15)
    /// A client must have taken something by then.
    public var stallTime = TimeAmount.seconds(30)
    public var headerBytes = 16 << 10
    public var headerCount = 64
    public var bodyBytes = 64 << 10

    public init() {}
  }

  let workers: Workers
  let rules: RequestGuard
  public var limits = Limits()

  public init(_ service: ExplorerService, rules: RequestGuard) {
    workers = Workers(service)
    self.rules = rules
  }

  /// The server, ready to run.
  ///
  /// - Parameters:
  ///   - onStart: told the port once the server listens.
  public func application(
    host: String, port: Int, logger: Logger, onStart: @escaping @Sendable (Int) async -> Void = { _ in }
  ) -> some ApplicationProtocol {
    let limits = limits
    var channel = HTTP1Channel.Configuration(
      additionalChannelHandlers: [
        ConnectionDeadlines(requestTime: limits.requestTime, stallTime: limits.stallTime)
      ],
      idleTimeout: limits.idleTime)
    channel.httpDecoder = .init(
      maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
      maxHeaderFieldCount: limits.headerCount)
    var application = Application(
      router: router(),
      server: .http1(configuration: channel),
      configuration: ApplicationConfiguration(
        address: .hostname(host, port: port),
        availableConnectionsDelegate: .maximum(limits.connections, logger: logger)),
      onServerRunning: { channel in await onStart(channel.localAddress?.port ?? port) },
      logger: logger)
    application.addServices(workers)
    return application
  }

  private func router() -> Router<BasicRequestContext> {
    let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: GuardMiddleware(rules))
    let page = ServedPage()
    router.get("/") { _, _ in page.page() }
    router.get("/assets/{name}") { request, context in
      let name = context.parameters.get("name") ?? ""
      guard let response = page.file(name, ifNoneMatch: request.headers[.ifNoneMatch]) else {
        throw HTTPError(.notFound)
      }
      return response
    }
    let workers = workers
    let bodyBytes = limits.bodyBytes
    router.post("/api/lab") { request, _ in
      let body = try await request.body.collect(upTo: bodyBytes)
      guard let text = body.getString(at: body.readerIndex, length: body.readableBytes),
        text.utf8.elementsEqual(body.readableBytesView)
      else {
        return GuardMiddleware<BasicRequestContext>.error(.badRequest, "the scenario is not text in UTF-8")
      }
      return Response(try await workers.runScenario(text))
    }
    let streams = StreamCount()
    router.get("/api/lab/events") { request, _ in
      try Self.events(request, workers: workers, streams: streams)
    }
    router.get("/api/**") { request, _ in
      let path = String(request.uri.path.dropFirst("/api".count))
      return Response(try await workers.answer(path, query: request.uri.query ?? ""))
    }
    return router
  }

  /// The stream of a scenario that is played.
  private static func events(_ request: Request, workers: Workers, streams: StreamCount) throws -> Response {
    let parameters = request.uri.queryParameters
    let session = parameters["session"].map { String($0) } ?? ""
    let first = parameters["from"].flatMap { Int($0) } ?? 0
    let last: Int
    do throws(ExplorerError) {
      guard session.allSatisfy(\.isHexDigit), first >= 0 else {
        throw ExplorerError(
          .badRequest, "'session' is what POST /api/lab answered, 'from' a number of a step")
      }
      last = try workers.service.stepCount(ofSession: session)
    } catch {
      return Response(ExplorerService.answer(error))
    }
    guard streams.take() else {
      return Response(
        ExplorerService.answer(
          ExplorerError(.overloaded, "\(StreamCount.limit) scenarios are being played already; stop one")))
    }
    let turn = StreamTurn(streams)
    let events = LabEvents(workers: workers, session: session, first: first, last: last)
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: .init { writer in
        defer { turn.giveBack() }
        for try await event in events.cancelOnGracefulShutdown() { try await writer.write(event) }
        try await writer.finish(nil)
      })
  }
}

/// One stream's place among those that may be open; given back once, also if the body is never written.
private final class StreamTurn: Sendable {
  private let streams: StreamCount
  private let isGivenBack = ManagedCount()

  init(_ streams: StreamCount) { self.streams = streams }
  deinit { giveBack() }

  func giveBack() {
    if isGivenBack.increment(upTo: 1) { streams.giveBack() }
  }
}
