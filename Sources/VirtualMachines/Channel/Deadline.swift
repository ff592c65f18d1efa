/// A moment after which waiting is given up.
struct Deadline: Sendable {
  private let end: ContinuousClock.Instant

  init(after duration: Duration) { end = .now + duration }

  /// Milliseconds that are left, rounded up; 0 when it is over.
  var remainingMilliseconds: Int32 {
    let left = ContinuousClock.Instant.now.duration(to: end)
    guard left > .zero else { return 0 }
    return Int32(clamping: Int64((left / .milliseconds(1)).rounded(.up)))
  }
}
