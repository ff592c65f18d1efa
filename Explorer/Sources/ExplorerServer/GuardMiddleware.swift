import HTTPTypes
public import Hummingbird
import NIOCore
import Views

/// Refuses what ``RequestGuard`` refuses, and puts the headers on every answer that keep a page to itself.
public struct GuardMiddleware<Context: RequestContext>: RouterMiddleware {
  let rules: RequestGuard

  public init(_ rules: RequestGuard) { self.rules = rules }

  public func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response = await answer(request, context: context, next: next)
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.referrer] = "no-referrer"
    response.headers[.openerPolicy] = "same-origin"
    response.headers[.crossOriginResourcePolicy] = "same-origin"
    if response.headers[.contentSecurityPolicy] == nil {
      response.headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
    }
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    return response
  }

  private func answer(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async -> Response {
    do throws(RequestGuard.Refusal) {
      try rules.check(request.head)
    } catch {
      return Self.error(error.status, error.message)
    }
    guard rules.isKnown(request.head) else {
      if request.method == .get, request.uri.path == "/", rules.opens(query: request.uri.query) {
        return Self.entrance(rules.token ?? "")
      }
      return Self.error(
        .unauthorized, "open the address with the token that the server printed when it started")
    }
    // The token does not stay in the address bar.
    if request.uri.path == "/", rules.opens(query: request.uri.query) {
      return Self.entrance(rules.token ?? "")
    }
    do {
      return try await next(request, context)
    } catch let error as any HTTPResponseError {
      return Self.error(
        error.status,
        error.status == .notFound ? "there is nothing at this address" : error.status.reasonPhrase)
    } catch {
      return Self.error(.internalServerError, "the server could not answer")
    }
  }

  private static func entrance(_ token: String) -> Response {
    Response(
      status: .seeOther,
      headers: [
        .location: "/",
        .setCookie: "\(RequestGuard.cookieName)=\(token); HttpOnly; SameSite=Strict; Path=/",
      ])
  }

  /// An error as the page reads it.
  static func error(_ status: HTTPResponse.Status, _ message: String) -> Response {
    var answer = ExplorerService.answer(ExplorerError(.badRequest, message))
    answer.status = status.code
    return Response(answer)
  }
}

extension Response {
  /// An answer of the explorer.
  init(_ answer: ExplorerAnswer) {
    self.init(
      status: .init(code: answer.status),
      headers: [.contentType: "application/json; charset=utf-8"],
      body: .init(byteBuffer: ByteBuffer(bytes: answer.body)))
    if let seconds = answer.retryAfterSeconds { headers[.retryAfter] = "\(seconds)" }
  }
}
