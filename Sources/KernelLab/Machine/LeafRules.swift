import PageTableEditing
import PageTables

/// What a processor needs to know of the leaf entries of one level, as masks: a walk ends in a few operations
/// on them.
struct LeafRules: Sendable, BitwiseCopyable {
  /// Whether the level has a leaf that spans one entry.
  let isLeafLevel: Bool
  /// The bits that an entry's rights depend on.
  let accessMask: UInt64
  let accessedMask: UInt64
  let dirtyMask: UInt64
  /// A translation stays when another process's table is loaded, if the entry has `global` in these bits.
  private let globalMask: UInt64
  private let global: UInt64

  init(depth: Int, format: EditingFormat, profile: Profile) {
    let geometry = format.paging.geometry(depth)
    let index = Int(geometry.leafRuleIndex)
    let kind = format.kinds.first { $0.depth == depth && $0.ruleIndex == index }
    isLeafLevel = index != 255 && kind != nil
    accessMask = geometry.leafAccessMask
    // Leaves that need the format's full rules (4 MiB pages of x86) have these bits, too.
    let marked = kind ?? format.kinds.first { $0.depth == depth }
    accessedMask = marked?.accessedMask ?? 0
    dirtyMask = marked?.dirtyMask ?? 0
    switch profile.architecture {
    // A match outside the mask: none is.
    case .x86: (globalMask, global) = profile.globalPages ? (0x100, 0x100) : (0, 0x100)
    case .arm, .arm64: (globalMask, global) = (0x800, 0)
    case .riscv: (globalMask, global) = (0x20, 0x20)
    case .alpha: (globalMask, global) = (0x10, 0x10)
    }
  }

  @inline(__always)
  func isGlobal(_ entry: UInt64) -> Bool { entry & globalMask == global }
}
