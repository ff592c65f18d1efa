internal import PageTables

extension RootScan {
  /// Roots of one format whose kernel halves agree.
  struct Group {
    var roots: [RootJudgement] = []
    /// What the kernel half of the member that has most of it looks like.
    var fingerprint: [UInt64] = []

    /// Processes count most, then tables that can be the master.
    var weight: Int { roots.count { $0.kind == .process } * 4 + roots.count { $0.kind == .master } * 2 }
    var first: UInt64 { roots.first?.root.rawValue ?? .max }
  }

  /// Groups by kernel half: equal wherever both have an entry, for a process may lack what the kernel
  /// mapped since it last looked. Some entries are each process's own (an LDT), so a few may differ.
  ///
  /// - Complexity: the number of roots times the number of groups, of which there are at most 256.
  func grouped(_ judged: [RootJudgement]) -> [Group] {
    var groups: [Group] = []
    for root in judged.sorted(by: { $0.root < $1.root }) {
      let fingerprint = fingerprint(of: root)
      if let index = groups.firstIndex(where: { Self.agree($0.fingerprint, fingerprint) }) {
        groups[index].roots.append(root)
        if fingerprint.count(where: { $0 != 0 }) > groups[index].fingerprint.count(where: { $0 != 0 }) {
          groups[index].fingerprint = fingerprint
        }
      } else if groups.count < 256 {
        groups.append(Group(roots: [root], fingerprint: fingerprint))
      }
    }
    return groups
  }

  private static func agree(_ one: [UInt64], _ other: [UInt64]) -> Bool {
    // Roots without a kernel half (and the kernel's own, which then stands alone) are one group.
    if one.isEmpty || other.isEmpty { return true }
    var common = 0
    var equal = 0
    for (left, right) in zip(one, other) where left != 0 && right != 0 {
      common += 1
      if left == right { equal += 1 }
    }
    return common > 0 && equal * 4 >= common * 3
  }

  /// The entries of the kernel half without the bits that the processor sets; where the root has only four
  /// entries, those of the tables below.
  private func fingerprint(of judgement: RootJudgement) -> [UInt64] {
    let shape = judgement.shape
    guard shape.role == .whole, let table = RootTable(judgement.root, shape: shape, in: memory) else {
      return []
    }
    let kernel = shape.indices(of: shape.kernel)
    guard shape.comparesNextLevel, shape.depth + 1 < shape.format.levelCount else {
      let keep = Self.steadyBits(shape.format, depth: shape.depth)
      return table.entries[kernel].map { $0 & keep }
    }
    let level = shape.format.level(shape.depth + 1)
    let byteCount = Int(level.entryByteCount)
    let keep = Self.steadyBits(shape.format, depth: shape.depth + 1)
    let count = 1 << Int(level.indexBits)
    return table.tables(in: kernel).flatMap { address -> [UInt64] in
      let entries: [UInt64]? = try? memory.memory.withBytes(
        at: PhysicalAddress(address), count: level.tableByteCount
      ) { bytes in
        (0..<count).map {
          (bytes.entry(atByteOffset: $0 * byteCount, byteCount: byteCount, order: .little) ?? 0) & keep
        }
      }
      return entries ?? Array(repeating: 0, count: count)
    }
  }

  /// All bits of an entry but those that the processor sets by itself.
  private static func steadyBits(_ format: PagingFormat, depth: Int) -> UInt64 {
    ~format.level(depth).rules.elements.filter { $0.kind == .table || $0.kind == .leaf }
      .reduce(0) { $0 | format.volatileMask(of: $1) }
  }
}
