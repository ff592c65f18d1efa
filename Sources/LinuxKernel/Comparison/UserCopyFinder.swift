import PageTables

/// Tells whether roots have a copy for user mode beside them: x86's page-table isolation.
///
/// Linux then allocates the root as two pages, aligned to both: the kernel's root and 4 KiB after it the one
/// that is loaded in user mode (arch/x86/include/asm/pgtable.h, kernel_to_user_pgdp; 4.15 and later).
struct UserCopyFinder {
  let reader: TableReader
  let half: KernelHalf

  /// Where the copy of `root` would be; nil if the format or the root's place rules it out.
  static func copy(of root: PhysicalAddress, format: PagingFormat) -> PhysicalAddress? {
    let canBeIsolated = ["x86-pae", "x86-64", "x86-64-la57"].contains(format.name.description)
    return canBeIsolated && root.rawValue & 0x1fff == 0 ? root.advanced(byBytes: 4096) : nil
  }

  /// Whether both roots have their copies beside them.
  ///
  /// A copy has the user's entries of its root, and of the kernel's exactly those places that the kernel page
  /// table's copy has, fewer than the root. A page that merely lies there has not.
  func isPair(
    master: (root: PhysicalAddress, copy: PhysicalAddress),
    process: (root: PhysicalAddress, copy: PhysicalAddress),
    in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> Bool {
    guard agreesInUserPart(process, in: memory) else { return false }
    var kernelEntryCount = 0
    for part in half.copied {
      let masterEntries = meanings(of: master.copy, part, in: memory)
      let processEntries = meanings(of: process.copy, part, in: memory)
      guard masterEntries.count == processEntries.count else { return false }
      for case (let ours?, let theirs?) in zip(masterEntries, processEntries) where ours.isPresent {
        guard theirs.kind == ours.kind else { return false }
        kernelEntryCount += 1
      }
    }
    return kernelEntryCount > 0
  }

  /// Whether at least one of the user's entries is in both, and those that are in both are mostly the same.
  private func agreesInUserPart(
    _ pair: (root: PhysicalAddress, copy: PhysicalAddress),
    in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> Bool {
    var same = 0
    var other = 0
    for part in half.user {
      let rootEntries = meanings(of: pair.root, part, in: memory)
      let copyEntries = meanings(of: pair.copy, part, in: memory)
      for case (let kernel?, let user?) in zip(rootEntries, copyEntries)
      where kernel.isPresent || user.isPresent {
        if kernel.kind == user.kind, kernel.target == user.target { same += 1 } else { other += 1 }
      }
    }
    return same > 0 && same >= other
  }

  /// What the root table's entries in `part` mean; nil where they could not be read.
  private func meanings(
    of root: PhysicalAddress, _ part: KernelHalf.Part, in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> [EntryMeaning?] {
    let place = TablePlace(
      level: reader.levels[part.depth], depth: part.depth, indexBits: part.indexBits, first: part.first,
      last: part.last)
    let entries = reader.entries(
      of: root, depth: part.depth, place.firstIndex, through: place.lastIndex, in: memory)
    return entries.raw.map { $0.map { reader.meaning(of: $0, depth: part.depth) } }
  }
}
