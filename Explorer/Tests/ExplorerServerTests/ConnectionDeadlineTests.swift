import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import ExplorerServer

/// On a clock of their own, so that nothing waits.
@Suite("How long a client may take")
struct ConnectionDeadlineTests {
  private func channel() throws -> EmbeddedChannel {
    let channel = EmbeddedChannel(
      handler: ConnectionDeadlines(requestTime: .seconds(15), stallTime: .seconds(30)))
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    return channel
  }

  private static let head = HTTPRequestPart.head(
    HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/api/lab"))

  @Test("a request that comes to its end in time leaves the connection open")
  func wholeRequest() throws {
    let channel = try channel()
    try channel.writeInbound(Self.head)
    channel.embeddedEventLoop.advanceTime(by: .seconds(14))
    try channel.writeInbound(HTTPRequestPart.end(nil))
    channel.embeddedEventLoop.advanceTime(by: .seconds(3600))
    #expect(channel.isActive)
  }

  @Test("a body that trickles is given up after its time, however often a piece comes")
  func tricklingBody() throws {
    let channel = try channel()
    try channel.writeInbound(Self.head)
    for _ in 0..<14 {
      channel.embeddedEventLoop.advanceTime(by: .seconds(1))
      try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: "x")))
    }
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    #expect(!channel.isActive)
  }

  @Test("a client that takes nothing is given up; one that takes something has its time anew")
  func stalledReader() throws {
    let channel = try channel()
    for _ in 0..<3 {
      channel.isWritable = false
      channel.pipeline.fireChannelWritabilityChanged()
      channel.embeddedEventLoop.advanceTime(by: .seconds(29))
      #expect(channel.isActive)
      channel.isWritable = true
      channel.pipeline.fireChannelWritabilityChanged()
    }
    channel.embeddedEventLoop.advanceTime(by: .seconds(3600))
    #expect(channel.isActive)
    channel.isWritable = false
    channel.pipeline.fireChannelWritabilityChanged()
    channel.embeddedEventLoop.advanceTime(by: .seconds(30))
    #expect(!channel.isActive)
  }
}
