/// A thread that a synthetic kernel has, and what it has of memory.
public struct SyntheticTask: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case process
    case kernelThread
    /// Exited, and not yet waited for: no memory.
    case zombie
  }

  public var pid: Int
  /// The process; the same as `pid` for its first thread.
  public var tgid: Int
  /// At most 15 bytes.
  public var command: String
  public var kind: Kind
  /// The parent's tgid.
  public var parent: Int
  /// The process whose memory it shares without being a thread of it (`vfork`).
  public var sharesMemoryOf: Int?
  /// In address order, disjoint. Only of first threads with memory of their own.
  public var areas: [SyntheticArea]

  public init(
    pid: Int, tgid: Int? = nil, command: String, kind: Kind = .process, parent: Int,
    sharesMemoryOf: Int? = nil, areas: [SyntheticArea] = []
  ) {
    self.pid = pid
    self.tgid = tgid ?? pid
    self.command = command
    self.kind = kind
    self.parent = parent
    self.sharesMemoryOf = sharesMemoryOf
    self.areas = areas
  }

  public var isFirstThread: Bool { pid == tgid }
}
