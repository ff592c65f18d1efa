/// A line of `/proc/PID/maps`.
public struct ProcessArea: Hashable, Sendable {
  public var first: UInt64
  /// Inclusive.
  public var last: UInt64
  /// As the file has it: `rw-p`.
  public var permissions: String
  public var fileOffset: UInt64
  public var inode: UInt64
  /// The file, or a name such as `[stack]`.
  public var path: String?

  /// `START-END rwxp OFFSET DEVICE INODE PATH`; nil if it is not of that form.
  init?(_ line: Substring) {
    let words = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
    guard words.count >= 5 else { return nil }
    let ends = words[0].split(separator: "-")
    guard ends.count == 2, let start = UInt64(ends[0], radix: 16), let end = UInt64(ends[1], radix: 16),
      start < end, words[1].count == 4, let offset = UInt64(words[2], radix: 16), let inode = UInt64(words[4])
    else { return nil }
    first = start
    last = end - 1
    permissions = String(words[1])
    fileOffset = offset
    self.inode = inode
    let name = words.count > 5 ? words[5].drop { $0 == " " } : ""
    path = name.isEmpty ? nil : String(name)
  }
}
