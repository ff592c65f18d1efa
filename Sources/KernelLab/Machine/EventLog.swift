/// What the machine did, in order, while recording is on; otherwise it costs one test.
public struct EventLog: Sendable {
  public var isRecording = false
  public private(set) var events: [Event] = []

  public mutating func clear() { events.removeAll(keepingCapacity: true) }

  @inline(__always)
  mutating func add(_ event: @autoclosure () -> Event) {
    if isRecording { events.append(event()) }
  }
}
