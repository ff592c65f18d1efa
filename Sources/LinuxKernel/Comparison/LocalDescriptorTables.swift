import PageTables

/// Recognises the one mapping of the kernel's addresses that is a process's own: its local descriptor table,
/// which page-table isolation maps where user mode can see it (arch/x86/kernel/ldt.c, map_ldt_struct; 4.15
/// and later).
///
/// It has the first 32 pages of an entry's span that nothing else uses: two slots of 64 KiB.
struct LocalDescriptorTables {
  /// LDT_ENTRIES * LDT_ENTRY_SIZE is 64 KiB, and there are two slots (arch/x86/include/asm/mmu_context.h).
  static let pageLimit: UInt64 = 32

  let reader: TableReader

  /// Turns the process's own mappings that have this form from stale to explained.
  func explain(_ comparison: inout TableComparison, in memory: borrowing some PhysicalMemory & ~Copyable) {
    for place in comparison.entries.indices where comparison.entries[place].verdict == .stale {
      let entry = comparison.entries[place]
      guard let raw = entry.process, hasForm(raw, depth: entry.depth, in: memory) else { continue }
      comparison.entries[place].verdict = .explained
      comparison.entries[place].why =
        "the process's local descriptor table (LDT), mapped for user mode under page-table isolation"
    }
  }

  /// Whether all that the entry leads to are read-only pages of the kernel's among the first 32 of its span.
  private func hasForm(
    _ raw: UInt64, depth: Int, in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> Bool {
    let firstDepth = depth
    var depth = depth
    var raw = raw
    while true {
      let meaning = reader.meaning(of: raw, depth: depth)
      guard meaning.kind == .table else { return false }
      depth += 1
      let lastIndex = (UInt64(1) << UInt64(reader.levels[depth].indexBits)) - 1
      let entries = reader.entries(of: meaning.target, depth: depth, 0, through: lastIndex, in: memory)
      var present: [(index: UInt64, raw: UInt64)] = []
      for (index, raw) in entries.raw.enumerated() {
        guard let raw else { return false }
        if reader.meaning(of: raw, depth: depth).isPresent { present.append((UInt64(index), raw)) }
      }
      guard let first = present.first, let last = present.last else {
        // A table that was given back stays, with empty entries. Under one level alone that tells nothing.
        return depth + 1 == reader.levels.count && depth - firstDepth > 1
      }
      guard depth + 1 < reader.levels.count else {
        return last.index < Self.pageLimit
          && present.allSatisfy {
            let page = reader.meaning(of: $0.raw, depth: depth)
            return page.kind == .leaf && !page.access.contains(.kernelWrite)
          }
      }
      guard present.count == 1, first.index == 0 else { return false }
      raw = first.raw
    }
  }
}
