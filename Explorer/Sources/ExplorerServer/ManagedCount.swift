import Synchronization

/// A number that several threads count with.
final class ManagedCount: Sendable {
  private let count = Mutex(0)

  /// Counts one more, unless there are as many as there may be.
  func increment(upTo limit: Int) -> Bool {
    count.withLock { count in
      guard count < limit else { return false }
      count += 1
      return true
    }
  }

  func decrement() { count.withLock { $0 -= 1 } }
}
