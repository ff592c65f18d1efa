/// A process as `/proc` shows it.
public struct RunningProcess: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case process
    case kernelThread
    case zombie
  }

  public var pid: Int
  /// At most 15 bytes.
  public var command: String
  public var parent: Int
  public var kind: Kind

  /// One process; nil if there is none.
  public init?(pid: Int) {
    guard let text = try? SystemFile("/proc/\(pid)/stat").text(limitBytes: 4096) else { return nil }
    self.init(stat: text)
  }

  /// A line of `/proc/PID/stat` (proc(5)): PID, (name), state, parent, then numbers, of which the ninth is `flags`.
  /// A name may have spaces and parentheses of its own.
  init?(stat text: String) {
    guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close,
      let pid = Int(text[..<open].filter { !$0.isWhitespace })
    else { return nil }
    let words = text[text.index(after: close)...].split(whereSeparator: \.isWhitespace)
    guard words.count > 6, let parent = Int(words[1]), let flags = UInt64(words[6]) else { return nil }
    self.pid = pid
    command = String(text[text.index(after: open)..<close])
    self.parent = parent
    // PF_KTHREAD (include/linux/sched.h).
    kind = flags & 0x20_0000 != 0 ? .kernelThread : words[0] == "Z" || words[0] == "X" ? .zombie : .process
  }
}
