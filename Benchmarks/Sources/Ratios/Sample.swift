import Glibc

/// How long something took, by the clock and in processor time of all threads.
struct Sample {
  let wallSeconds: Double
  let processorSeconds: Double

  /// Runs `body` so many times, and takes the mean.
  init(repeats: Int, _ body: () -> Void) {
    let processor = Self.processorTime()
    let wall = ContinuousClock().measure { for _ in 0..<repeats { body() } }
    wallSeconds = wall / .seconds(repeats)
    processorSeconds = (Self.processorTime() - processor) / Double(repeats)
  }

  private static func processorTime() -> Double {
    var time = timespec()
    // Sound: the call fills in the value that it is given.
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
