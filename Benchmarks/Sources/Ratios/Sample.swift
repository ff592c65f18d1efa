import Glibc

/// How long something took, by the clock and in processor time of all threads.
struct Sample {
  let wallSeconds: Double
  let processorSeconds: Double

  /// Runs `body` so many times, and takes the mean; `undo` after each time, which does not count.
  init(repeats: Int, undo: (() -> Void)? = nil, _ body: () -> Void) {
    guard undo == nil else {
      var (wall, processor) = (0.0, 0.0)
      for _ in 0..<repeats {
        let one = Sample(repeats: 1, body)
        wall += one.wallSeconds
        processor += one.processorSeconds
        undo?()
      }
      wallSeconds = wall / Double(repeats)
      processorSeconds = processor / Double(repeats)
      return
    }
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
