/// A process was ended because no frame could be had: who, and how all stood.
public struct OutOfMemoryEvent: Hashable, Sendable, CustomStringConvertible {
  /// One line of the table that the kernel prints (`dump_tasks`).
  public struct Score: Hashable, Sendable {
    public var pid: Int
    public var command: String
    /// In pages.
    public var residentPages: Int64
    public var swappedPages: Int64
    public var tableByteCount: UInt64
    public var adjustment: Int
    /// Nil: it is immune.
    public var badness: Int64?
  }

  /// Nil: everybody is immune.
  public var victim: Int?
  public var scores: [Score]

  public var description: String {
    var lines = scores.map { score in
      "[\(score.pid)] \(score.command): rss \(score.residentPages), swapped \(score.swappedPages), "
        + "tables \(score.tableByteCount >> 10) KiB, adjusted by \(score.adjustment): "
        + (score.badness.map { "badness \($0)" } ?? "immune")
    }
    lines.append(
      victim.map { "out of memory: process \($0) is ended" } ?? "out of memory, and nobody may be ended")
    return lines.joined(separator: "\n")
  }
}
