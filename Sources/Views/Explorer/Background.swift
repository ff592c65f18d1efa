import Dispatch
import Foundation
import Synchronization

/// Something that takes a while to work out and is then kept: begun when somebody first asks, on a thread of its
/// own; who asks meanwhile is told how far it is.
final class Background<Value: Sendable>: Sendable {
  typealias Progress = @Sendable (Double) -> Void

  private enum State {
    case idle
    case running
    case done(Result<Value, SourceError>)
  }

  private let name: String
  private let work: @Sendable (@escaping Progress) throws(SourceError) -> Value
  private let state = Mutex(State.idle)
  private let finished = DispatchSemaphore(value: 0)
  private let percent = Atomic<Int>(0)

  /// - Parameter name: what is going on, as a sentence's beginning: `the frames are being counted`.
  init(_ name: String, work: @escaping @Sendable (@escaping Progress) throws(SourceError) -> Value) {
    self.name = name
    self.work = work
  }

  /// Tells how far it is, for work that tells it elsewhere.
  func note(progress share: Double) {
    guard share.isFinite else { return }
    percent.store(min(max(Int(share * 100), 0), 100), ordering: .relaxed)
  }

  /// Begins, if nobody has.
  func start() {
    let isMine = state.withLock { state in
      guard case .idle = state else { return false }
      state = .running
      return true
    }
    guard isMine else { return }
    // Not at the default quality of service: Swift's tasks have those threads, and work that keeps all processors
    // busy would leave none of them to the server.
    DispatchQueue.global(qos: .utility).async { self.run() }
  }

  private func run() {
    let result: Result<Value, SourceError>
    do throws(SourceError) {
      result = .success(try work { self.note(progress: $0) })
    } catch {
      result = .failure(error)
    }
    state.withLock { $0 = .done(result) }
    finished.signal()
  }

  /// The value, if it is there.
  var known: Value? {
    state.withLock { state in
      if case .done(.success(let value)) = state { return value }
      return nil
    }
  }

  /// What is going on, if something is: `the frames are being counted, 40 %`.
  var busy: String? {
    let isRunning = state.withLock { state in
      if case .done = state { return false }
      return true
    }
    return isRunning ? "\(name), \(percent.load(ordering: .relaxed)) %" : nil
  }

  /// The value.
  ///
  /// - Parameter patience: how long to wait for it.
  /// - Throws: why there is none, or that it is being worked out.
  func value(patience: Patience) throws(ExplorerError) -> Value {
    start()
    if state.withLock({ if case .done = $0 { false } else { true } }) {
      switch patience {
      case .endless: finished.wait()
      case .short:
        guard finished.wait(timeout: .now() + .milliseconds(200)) == .success else {
          throw ExplorerError(.busy, "\(name), \(percent.load(ordering: .relaxed)) %; ask again in a moment")
        }
      }
      // Whoever else waits is woken, too.
      finished.signal()
    }
    do throws(SourceError) {
      return try result()
    } catch {
      throw ExplorerError(error)
    }
  }

  /// The value, however long it takes, for work that needs it.
  func result() throws(SourceError) -> Value {
    start()
    if state.withLock({ if case .done = $0 { false } else { true } }) {
      finished.wait()
      finished.signal()
    }
    let result = state.withLock { state in
      if case .done(let result) = state { return result }
      return .failure(SourceError("\(name), and came to no end"))
    }
    return try result.get()
  }
}

/// How long somebody waits for what is being worked out.
enum Patience {
  /// As long as a person does not notice.
  case short
  /// Until it is there.
  case endless
}
