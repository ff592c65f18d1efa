import Foundation

/// A progress bar on standard error for work that takes over a second, and only on a terminal.
final class ProgressLine {
  private let title: String
  private let started = ContinuousClock.now
  private var lastShown: ContinuousClock.Instant?
  private let isWanted = StandardError.isTerminal

  init(_ title: String) { self.title = title }

  /// Tells how much is done; cheap enough for a call every few milliseconds.
  ///
  /// - Parameter fraction: from 0 to 1.
  func update(_ fraction: Double) {
    guard isWanted else { return }
    let now = ContinuousClock.now
    guard now - started > .seconds(1), lastShown.map({ now - $0 > .milliseconds(100) }) ?? true else {
      return
    }
    lastShown = now
    let width = 30
    let filled = Int((min(max(fraction, 0), 1) * Double(width)).rounded(.down))
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    StandardError.write("\r\(title) [\(bar)] \(Int(fraction * 100)) %")
  }

  /// Takes the bar away.
  func finish() {
    if lastShown != nil { StandardError.write("\r\u{1b}[K") }
  }
}
