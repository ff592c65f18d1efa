import Foundation
import Synchronization

/// A progress bar on standard error for work that takes over a second, and only on a terminal.
public final class ProgressLine: Sendable {
  private let title: String
  private let started = ContinuousClock.now
  private let lastShown = Mutex<ContinuousClock.Instant?>(nil)
  private let isWanted: Bool

  /// - Parameter besideOutput: the work prints as it goes; the bar must not come between its lines.
  public init(_ title: String, besideOutput: Bool = false) {
    self.title = title
    let isOutputSeen = besideOutput && isatty(FileHandle.standardOutput.fileDescriptor) == 1
    isWanted = StandardError.isTerminal && !isOutputSeen
  }

  /// Tells how much is done; cheap enough for a call every few milliseconds.
  ///
  /// - Parameter fraction: from 0 to 1.
  public func update(_ fraction: Double) {
    guard isWanted, fraction.isFinite else { return }
    let fraction = min(max(fraction, 0), 1)
    let now = ContinuousClock.now
    guard now - started > .seconds(1) else { return }
    let isDue = lastShown.withLock { last in
      guard last.map({ now - $0 > .milliseconds(100) }) ?? true else { return false }
      last = now
      return true
    }
    guard isDue else { return }
    let width = 30
    let filled = Int((fraction * Double(width)).rounded(.down))
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    StandardError.write("\r\(title) [\(bar)] \(Int(fraction * 100)) %")
  }

  /// Takes the bar away.
  public func finish() {
    if lastShown.withLock({ $0 != nil }) { StandardError.write("\r\u{1b}[K") }
  }
}
