/// A line of `/proc/PID/maps`.
struct AreaTruth: Hashable, Sendable {
  var first: UInt64
  /// The last byte, inclusive.
  var last: UInt64
  /// Such as `r-xp`.
  var permissions: String
  var fileOffset: UInt64
  var inode: UInt64
  /// The path, or what Linux names the area by, such as `[heap]`; empty for none.
  var name: String

  var hasFile: Bool { inode != 0 }

  /// What kind of line it is, for counting.
  var kind: String {
    hasFile ? (isDeleted ? "of deleted files" : "of files") : name.isEmpty ? "anonymous" : name
  }

  var isDeleted: Bool { name.hasSuffix(" (deleted)") }

  /// Pages of a device, which pagemap does not show.
  var isDevice: Bool { name.hasPrefix("/sys/devices/") }

  /// Areas that every process seems to have, and that no `mm_struct` lists (`get_gate_vma()`).
  var isGate: Bool { name == "[vsyscall]" || name == "[vectors]" }

  init?(line: Substring) {
    // start-end permissions offset device inode [name, which may have spaces]
    let fields = line.split(separator: " ", maxSplits: 5)
    guard fields.count >= 5 else { return nil }
    let range = fields[0].split(separator: "-")
    guard range.count == 2, let first = UInt64(range[0], radix: 16), let end = UInt64(range[1], radix: 16),
      let offset = UInt64(fields[2], radix: 16), let inode = UInt64(fields[4]), end > first
    else { return nil }
    self.first = first
    self.last = end - 1
    permissions = String(fields[1])
    fileOffset = offset
    self.inode = inode
    name = fields.count > 5 ? String(fields[5].drop { $0 == " " }) : ""
  }
}
