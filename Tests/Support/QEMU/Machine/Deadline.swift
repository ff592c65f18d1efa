/// A moment after which waiting for QEMU is given up.
struct Deadline {
  private let end: ContinuousClock.Instant

  init(seconds: Int) {
    end = .now + .seconds(seconds)
  }

  /// Milliseconds that are left; 0 when it is over.
  var remainingMilliseconds: Int32 {
    let left = ContinuousClock.Instant.now.duration(to: end)
    return max(0, Int32(clamping: Int64(left / .milliseconds(1))))
  }
}
