import NIOCore
import ServiceLifecycle
import Views

/// A scenario played: the machine after one line more, every 400 ms, as server-sent events.
///
/// `step` has what `/lab/step` answers; `failed` an error; `end` comes last in any case, so that a browser does not
/// ask again by itself.
struct LabEvents: AsyncSequence, Sendable {
  typealias Element = ByteBuffer

  let workers: Workers
  let session: String
  let first: Int
  let last: Int
  /// The time between two events.
  var interval = Duration.milliseconds(400)

  func makeAsyncIterator() -> Iterator { Iterator(events: self, step: first) }

  struct Iterator: AsyncIteratorProtocol {
    let events: LabEvents
    var step: Int
    private var isOver = false

    init(events: LabEvents, step: Int) {
      self.events = events
      self.step = step
    }

    mutating func next() async throws -> ByteBuffer? {
      guard !isOver else { return nil }
      guard step <= events.last else {
        isOver = true
        return Self.event("end", Array("{}".utf8))
      }
      if step > events.first { try await Task.sleep(for: events.interval) }
      var answer = try await ask()
      // Another page may be stepping through the same scenario.
      for _ in 0..<10 where answer.status == 202 {
        try await Task.sleep(for: events.interval)
        answer = try await ask()
      }
      step += 1
      guard answer.status == 200 else {
        step = events.last + 1
        return Self.event("failed", answer.body)
      }
      return Self.event("step", answer.body)
    }

    private func ask() async throws -> ExplorerAnswer {
      try await events.workers.answer("/lab/step", query: "session=\(events.session)&step=\(step)")
    }

    /// The data is one line: JSON has no line ends but escaped ones.
    private static func event(_ name: String, _ data: [UInt8]) -> ByteBuffer {
      var buffer = ByteBuffer(string: "event: \(name)\ndata: ")
      buffer.writeBytes(data)
      buffer.writeString("\n\n")
      return buffer
    }
  }
}

/// How many streams are open.
final class StreamCount: Sendable {
  static let limit = 16
  private let count = ManagedCount()

  /// Whether there is room for one more; who gets it gives it back.
  func take() -> Bool { count.increment(upTo: Self.limit) }
  func giveBack() { count.decrement() }
}
