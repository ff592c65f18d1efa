import PageTables

/// Tells whether a table is the root of an address space, by what it must translate: the kernel's own
/// pointers to memory that is known to be there.
struct RootTest {
  /// What a test came to.
  enum Verdict: Equatable {
    case passes
    case fails
    /// Tables on the way cannot be read.
    case cannotTell
  }

  let format: PagingFormat
  let memory: KernelMemory
  let pointers: KernelPointers
  /// Places in RAM that the direct map covers.
  let witnesses: [PhysicalAddress]
  /// A place in the kernel's image, which other tables map than the direct map's: where those are lost, these
  /// may be there.
  var imageWitness: PhysicalAddress?

  /// Whether both halves have roots of their own, so that a process's tables say nothing of the kernel.
  var isSeparate: Bool { format.hasSeparateRoots }

  /// Pointers of the kernel's, and where they lead.
  private var translations: [(pointer: UInt64, place: PhysicalAddress)] {
    witnesses.map { (pointers.directMapPointer(to: $0), $0) }
      + [imageWitness].compactMap { $0.map { (pointers.imagePointer(to: $0), $0) } }
  }

  /// Whether `root` maps the kernel's pointers to where they point: what a kernel's table does, and where the
  /// kernel half is copied, every process's.
  func kernelVerdict(of root: PhysicalAddress) -> Verdict {
    guard isAligned(root) else { return .fails }
    let walker = Walker(format: format, root: PageTableRoot(root))
    var verdict = Verdict.cannotTell
    for (pointer, place) in translations {
      switch walker.translate(VirtualAddress(pointer), in: memory.memory).outcome {
      case .mapped(let mapping):
        guard mapping.physical == place else { return .fails }
        verdict = .passes
      case .stopped(.unreadable(let fault)):
        // A table outside RAM is no table.
        if fault == .outsideRAM, !memory.hasGaps { return .fails }
      case .stopped: return .fails
      }
    }
    return verdict
  }

  /// Whether `root` is a process's: as ``kernelVerdict(of:)`` where the kernel half is a part of it. Where it is
  /// not, every entry must be valid and lead into RAM, and some page must be there for user mode.
  func processVerdict(of root: PhysicalAddress) -> Verdict {
    isSeparate ? userVerdict(of: root) : kernelVerdict(of: root)
  }

  /// Whether every entry for the addresses of processes is valid and leads into RAM, and some page is there for
  /// user mode.
  func userVerdict(of root: PhysicalAddress) -> Verdict {
    guard isAligned(root) else { return .fails }
    let region = format.region(0)
    let count = 1 << Int(region.firstIndexBits)
    // Where the kernel half is a part of it: the lower half, or what is a process's in every split of 32 bits.
    let share = isSeparate ? 1 : format.addressBits == 32 ? 4 : 2
    return verdict(ofTable: root, depth: Int(region.firstDepth), count: count / share, isRoot: true)
  }

  /// Where the entries of `root` for the kernel's addresses lead: the last quarter of a table that both halves
  /// share. Nil if the table cannot be read or has none.
  func kernelEntries(of root: PhysicalAddress) -> [Int: PhysicalAddress]? {
    guard !isSeparate else { return nil }
    let region = format.region(0)
    let level = format.level(Int(region.firstDepth))
    let size = Int(level.entryByteCount)
    let count = 1 << Int(region.firstIndexBits)
    var entries: [Int: PhysicalAddress] = [:]
    for index in (count - count / 4)..<count {
      guard let entry = memory.word(at: root.offset(by: index * size), byteCount: size) else { return nil }
      let rule = level.rule(for: entry).rule
      guard rule.kind == .table || rule.kind == .leaf else { continue }
      entries[index] = rule.address.address(from: entry)
    }
    return entries.isEmpty ? nil : entries
  }

  /// Whether there is a page for user mode below `table`; looks into the first tables only.
  private func verdict(ofTable table: PhysicalAddress, depth: Int, count: Int, isRoot: Bool) -> Verdict {
    guard depth < format.levelCount else { return .fails }
    let level = format.level(depth)
    let size = Int(level.entryByteCount)
    var tables: [PhysicalAddress] = []
    for index in 0..<count {
      guard let entry = memory.word(at: table.offset(by: index * size), byteCount: size) else {
        return .cannotTell
      }
      let rule = level.rule(for: entry).rule
      switch rule.kind {
      case .absent: guard entry == 0 || !isRoot else { return .fails }
      case .leaf:
        if isRoot { return .fails }
        if format.access(of: entry, by: rule).rawValue & Access.user.rawValue != 0 { return .passes }
      case .table:
        let target = rule.address.address(from: entry)
        guard entry & rule.reserved == 0, memory.extent.map({ $0.contains(target) }) ?? false else {
          return .fails
        }
        tables.append(target)
      case .invalid: return .fails
      }
    }
    var result = Verdict.fails
    for next in tables.prefix(4) {
      switch verdict(
        ofTable: next, depth: depth + 1,
        count: 1 << Int(format.level(min(depth + 1, format.levelCount - 1)).indexBits),
        isRoot: false)
      {
      case .passes: return .passes
      case .cannotTell: result = .cannotTell
      case .fails: continue
      }
    }
    return result
  }

  private func isAligned(_ root: PhysicalAddress) -> Bool {
    let region = format.region(0)
    let level = format.level(Int(region.firstDepth))
    let tableByteCount = UInt64(level.entryByteCount) << UInt64(region.firstIndexBits)
    return root.rawValue != 0 && root.rawValue % tableByteCount == 0
  }
}

extension KernelPointers {
  /// The image's own pointer to `address`.
  func imagePointer(to address: PhysicalAddress) -> UInt64 { (address.rawValue &+ imageOffset) & wordMask }
}

extension PagingFormat {
  /// Whether `pointer` is an address of the kernel's in this format.
  func isKernelAddress(_ pointer: UInt64) -> Bool {
    let region = region(regionCount - 1)
    return region.first.rawValue <= pointer && pointer <= region.last.rawValue
  }

  /// Whether the halves of the space have roots of their own, so that nothing of the kernel's is copied.
  var hasSeparateRoots: Bool { (0..<regionCount).contains { region($0).root == .upper } }
}
