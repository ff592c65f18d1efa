/// A region's name and borders, as data.
struct LayoutRule: Sendable {
  var name: String
  var first: LayoutBound
  /// The address after the last; 0 for the end of the space.
  var end: LayoutBound
  /// What the rule follows: a file of the kernel's source.
  var source: String
  /// Whether the region is there only if something is mapped in it that is in no other region.
  var needsMapping = false
  var detail: String?
}

/// The layout of one architecture: rules in order of precedence; what an earlier one takes a later one does
/// not get.
struct LayoutRules: Sendable {
  var rules: [LayoutRule]
  /// Addresses that regions placed at random do not cross, ascending; the first one ends those that are
  /// placed after the linear map.
  var borders: [UInt64] = []
  /// Addresses that one last-level table translates, for 32-bit x86.
  var tableSpan: UInt64 = 0
  /// The fewest bytes that a thread's stack has in vmalloc; 0 where stacks are not there.
  var stackBytes: UInt64 = 0
}

extension LayoutRules {
  /// The rules for a paging format, by its name in the catalogue; none for architectures that nobody has
  /// written down.
  init?(formatName: String, upperFirst: UInt64, pageSizeBits: Int) {
    switch formatName {
    case "x86-64": self = .longMode(isFiveLevel: false)
    case "x86-64-la57": self = .longMode(isFiveLevel: true)
    case "x86": self = .x86(tableSpan: 4 << 20)
    case "x86-pae": self = .x86(tableSpan: 2 << 20)
    case "arm", "arm-lpae": self = .arm(stackBytes: 8192)
    case let name where name.hasPrefix("aarch64"):
      self = .aarch64(linearFirst: upperFirst, pageSizeBits: pageSizeBits)
    case let name where name.hasPrefix("riscv-sv") && name != "riscv-sv32":
      self = .riscv(upperFirst: upperFirst)
    default: return nil
    }
  }
}
