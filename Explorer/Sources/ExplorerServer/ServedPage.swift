import HTTPTypes
import Hummingbird
import NIOCore
import Views

/// The page's files as responses.
struct ServedPage: Sendable {
  private struct File: Sendable {
    var contentType: String
    var bytes: ByteBuffer
    var entityTag: String
  }

  private let files: [String: File]
  private let index: String

  init() {
    var files: [String: File] = [:]
    for file in PageFile.all {
      files[file.name] = File(
        contentType: file.contentType, bytes: ByteBuffer(bytes: file.bytes),
        entityTag: "\"\(String(Self.hash(file.bytes), radix: 16))\"")
    }
    self.files = files
    index = PageFile.named("index.html")?.text ?? ""
  }

  /// FNV-1a: tells versions of a file apart, nothing more.
  private static func hash(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// The page itself. What it may load is said anew each time: its own files, and the one import map in it.
  func page() -> Response {
    let nonce =
      String(UInt64.random(in: .min ... .max), radix: 16)
      + String(UInt64.random(in: .min ... .max), radix: 16)
    let text = index.replacing(
      "<script type=\"importmap\">", with: "<script type=\"importmap\" nonce=\"\(nonce)\">",
      maxReplacements: 1)
    let policy = [
      "default-src 'none'", "script-src 'self' 'nonce-\(nonce)'", "style-src 'self'", "connect-src 'self'",
      "img-src 'self' data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ]
    return Response(
      status: .ok,
      headers: [
        .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
        .contentSecurityPolicy: policy.joined(separator: "; "),
      ],
      body: .init(byteBuffer: ByteBuffer(string: text)))
  }

  /// A file of a name, or nothing if the browser has it.
  func file(_ name: String, ifNoneMatch known: String?) -> Response? {
    guard let file = files[name] else { return nil }
    let headers: HTTPFields = [
      .contentType: file.contentType, .cacheControl: "no-cache", .eTag: file.entityTag,
    ]
    if known == file.entityTag { return Response(status: .notModified, headers: headers) }
    return Response(status: .ok, headers: headers, body: .init(byteBuffer: file.bytes))
  }
}
