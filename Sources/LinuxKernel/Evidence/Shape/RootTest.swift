import PageTables

/// Tells whether a table is the root of an address space, by what it must translate: the kernel's own
/// pointers to memory that is known to be there.
struct RootTest {
  let format: PagingFormat
  let memory: KernelMemory
  let pointers: KernelPointers
  /// Places in RAM that the direct map covers.
  let witnesses: [PhysicalAddress]

  /// Whether both halves have roots of their own, so that a process's tables say nothing of the kernel.
  var isSeparate: Bool { format.regionCount > 1 && format.region(1).root == .upper }

  /// Whether `root` maps the direct map's pointers to where they point: what a kernel's table does, and
  /// where the kernel half is copied, every process's.
  func mapsKernel(_ root: PhysicalAddress) -> Bool {
    guard isAligned(root), !witnesses.isEmpty else { return false }
    let walker = Walker(format: format, root: PageTableRoot(root))
    return witnesses.allSatisfy { witness in
      let pointer = VirtualAddress(pointers.directMapPointer(to: witness))
      return isAt(witness, walker.translate(pointer, in: memory.memory))
    }
  }

  private func isAt(_ witness: PhysicalAddress, _ translation: Translation) -> Bool {
    translation.mapping?.physical == witness
  }

  /// Whether `root` is a process's: as ``mapsKernel(_:)`` where the kernel half is a part of it. Where it is
  /// not, every entry must be valid and lead into RAM, and some page must be there for user mode.
  func isProcess(_ root: PhysicalAddress) -> Bool {
    guard isSeparate else { return mapsKernel(root) }
    guard isAligned(root) else { return false }
    let region = format.region(0)
    let level = format.level(Int(region.firstDepth))
    let count = 1 << Int(region.firstIndexBits)
    var tables: [(PhysicalAddress, Int)] = []
    for index in 0..<count {
      guard
        let entry = memory.word(
          at: root.offset(by: index * Int(level.entryByteCount)), byteCount: Int(level.entryByteCount))
      else { return false }
      let rule = level.rule(for: entry).rule
      switch rule.kind {
      case .absent: guard entry == 0 else { return false }
      case .table:
        let target = rule.address.address(from: entry)
        guard entry & rule.reserved == 0, memory.contains(target) else { return false }
        tables.append((target, Int(region.firstDepth) + 1))
      case .leaf, .invalid: return false
      }
    }
    return tables.contains { hasUserPage(in: $0.0, depth: $0.1) }
  }

  /// Whether there is a page for user mode below `table`; looks at the first tables only.
  private func hasUserPage(in table: PhysicalAddress, depth: Int) -> Bool {
    guard depth < format.levelCount else { return false }
    let level = format.level(depth)
    var entered = 0
    for index in 0..<(1 << Int(level.indexBits)) {
      guard
        let entry = memory.word(
          at: table.offset(by: index * Int(level.entryByteCount)), byteCount: Int(level.entryByteCount))
      else { return false }
      let rule = level.rule(for: entry).rule
      switch rule.kind {
      case .leaf where format.access(of: entry, by: rule).rawValue & Access.user.rawValue != 0: return true
      case .table:
        entered += 1
        if hasUserPage(in: rule.address.address(from: entry), depth: depth + 1) { return true }
        if entered == 4 { return false }
      case .leaf, .absent: continue
      case .invalid: return false
      }
    }
    return false
  }

  private func isAligned(_ root: PhysicalAddress) -> Bool {
    let region = format.region(0)
    let tableBytes =
      UInt64(format.level(Int(region.firstDepth)).entryByteCount) << UInt64(region.firstIndexBits)
    return root.rawValue != 0 && root.rawValue % tableBytes == 0
  }
}
