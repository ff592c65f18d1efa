import PageTables

/// Finds the kernel page table (`swapper_pg_dir`): the kernel's image has a pointer to it (`init_mm.pgd`), it
/// maps the kernel, and where it has a user half that is empty.
struct MasterSearch {
  let memory: KernelMemory
  let chain: TaskChain
  let formats: [PagingFormat]

  struct Found {
    var format: PagingFormat
    /// The tables that map the kernel, have no user half and are pointed at by the image, and where the pointer
    /// to each stands; the likeliest first.
    var tables: [(root: PhysicalAddress, pointerAt: PhysicalAddress)]

    /// Without those that lack an entry of the kernel's that two of the `roots` have: the kernel page table has
    /// them all.
    func without(lesserThan roots: [PhysicalAddress], _ test: RootTest) -> Found {
      var votes: [Int: [PhysicalAddress: Int]] = [:]
      for root in roots {
        for (index, target) in test.kernelEntries(of: root) ?? [:] {
          votes[index, default: [:]][target, default: 0] += 1
        }
      }
      let indices = votes.filter { $0.value.values.contains { $0 >= 2 } }.keys
      guard !indices.isEmpty else { return self }
      var copy = self
      copy.tables = tables.filter { table in
        guard let entries = test.kernelEntries(of: table.root) else { return false }
        return indices.allSatisfy { entries[$0] != nil }
      }
      return copy
    }
  }

  /// How far around the first task the image is searched, in bytes: both are variables, and a kernel's are
  /// close together. Further away only if nothing is there.
  private static let reachesBytes: [UInt64] = [16 << 20, 64 << 20]

  /// The master, by the first of the formats that has one.
  func run() -> Found? {
    for reachBytes in Self.reachesBytes {
      let pointers = imagePointers(reachBytes: reachBytes)
      for format in formats {
        if let found = best(of: pointers, format) { return found }
      }
    }
    return nil
  }

  private func best(of pointers: [PhysicalAddress: PhysicalAddress], _ format: PagingFormat) -> Found? {
    let test = RootTest(
      format: format, memory: memory, pointers: chain.pointers,
      witnesses: [chain.nodes[chain.nodes.count - 1], chain.nodes[chain.nodes.count / 2]]
        .filter { $0 != chain.idleNode },
      imageWitness: chain.idleNode)
    let found = pointers.filter {
      test.kernelVerdict(of: $0.key) == .passes && hasNoUserHalf($0.key, format)
    }
    .sorted { rank($0, format) < rank($1, format) }
    guard !found.isEmpty else { return nil }
    return Found(format: format, tables: found.map { ($0.key, $0.value) })
  }

  /// Where the image's words point inside the image, at beginnings of pages, and from where.
  private func imagePointers(reachBytes: UInt64) -> [PhysicalAddress: PhysicalAddress] {
    var found: [PhysicalAddress: PhysicalAddress] = [:]
    let middle = chain.anchorName.rawValue & ~4095
    let start = middle > reachBytes ? middle - reachBytes : 0
    let word = chain.pointers.wordByteCount
    let image = chain.pointers.image
    // The low half of such a pointer is a multiple of a page, and not much more than that of the image's
    // first address. Nearly no other word is: sixteen are ruled out at a time.
    let low = SIMD16<UInt32>(repeating: UInt32(truncatingIfNeeded: image.lowerBound))
    let sizeBits = 64 - (image.upperBound - image.lowerBound).leadingZeroBitCount
    let beyond = SIMD16<UInt32>(repeating: ~0 << UInt32(sizeBits))
    let inPage = SIMD16<UInt32>(repeating: 4095)
    let zero = SIMD16<UInt32>(repeating: 0)
    let end = min(middle, .max - reachBytes) + reachBytes
    for page in stride(from: start, to: end, by: 4096) {
      _ = try? memory.memory.withBytes(at: PhysicalAddress(page), count: 4096) { bytes in
        for line in stride(from: 0, to: 4096, by: 64) {
          guard let words = bytes.words32(atByteOffset: line),
            ((((words &- low) & beyond) | (words & inPage)) .== zero).isAnySet
          else { continue }
          for offset in stride(from: line, to: line + 64, by: word) {
            guard let value = bytes.entry(atByteOffset: offset, byteCount: word, order: .little),
              value & 4095 == 0, image.contains(value)
            else { continue }
            let target = PhysicalAddress((value &- chain.pointers.imageOffset) & chain.pointers.wordMask)
            guard found[target] == nil, memory.contains(target) else { continue }
            found[target] = PhysicalAddress(page + UInt64(offset))
          }
        }
      }
    }
    return found
  }

  /// The master has every kernel entry, copies may lack some; and its pointer is near the first task, in the
  /// kernel's data.
  private func rank(
    _ candidate: (key: PhysicalAddress, value: PhysicalAddress), _ format: PagingFormat
  ) -> (Int, UInt64) {
    let region = format.region(format.regionCount - 1)
    let level = format.level(Int(region.firstDepth))
    let size = Int(level.entryByteCount)
    let count = (0..<(1 << Int(region.firstIndexBits))).count {
      memory.word(at: candidate.key.offset(by: $0 * size), byteCount: size) ?? 0 != 0
    }
    let anchor = chain.anchorName.rawValue
    let place = candidate.value.rawValue
    return (-count, anchor > place ? anchor - place : place - anchor)
  }

  /// Whether nothing is in the half that processes use: the lower half of what the root table spans, and of
  /// a 32-bit space the lowest quarter, which is a process's in every split.
  private func hasNoUserHalf(_ root: PhysicalAddress, _ format: PagingFormat) -> Bool {
    guard format.regionCount == 1 || format.region(1).root == .lower else { return true }
    let region = format.region(0)
    let count = 1 << Int(region.firstIndexBits)
    return isEmpty(
      root, depth: Int(region.firstDepth), count: format.addressBits == 32 ? count / 4 : count / 2, format)
  }

  /// Whether the first `count` entries of a table lead to no page.
  private func isEmpty(
    _ table: PhysicalAddress, depth: Int, count: Int, _ format: PagingFormat
  ) -> Bool {
    guard depth < format.levelCount else { return false }
    let level = format.level(depth)
    let size = Int(level.entryByteCount)
    return (0..<count).allSatisfy { index in
      guard let entry = memory.word(at: table.offset(by: index * size), byteCount: size) else { return false }
      guard entry != 0 else { return true }
      let rule = level.rule(for: entry).rule
      guard rule.kind == .table else { return false }
      // An empty table is one that was made beforehand (LPAE's four); more than that is a process's.
      let next = rule.address.address(from: entry)
      return depth + 1 < format.levelCount
        && isBlank(next, byteCount: format.level(depth + 1).tableByteCount)
    }
  }

  private func isBlank(_ table: PhysicalAddress, byteCount: Int) -> Bool {
    memory.bytes(at: table, count: byteCount).map { $0.allSatisfy { $0 == 0 } } ?? false
  }
}
