import PageTableEditing
import PageTables

extension KernelWriter {
  /// The `mm_struct`s with their areas: a pointer to each, by tgid. The kernel's own one has none.
  mutating func writeMemories(into memory: inout SparseMemory) throws -> [Int: UInt64] {
    let owners = kernel.tasks.filter {
      $0.kind == .process && $0.isFirstThread && $0.sharesMemoryOf == nil
    }
    let places = slab(owners.count, byteCount: layout.memory.byteCount)
    let files = try writeFiles(of: owners, into: &memory)
    var areaPlaces = slab(owners.reduce(0) { $0 + $1.areas.count }, byteCount: layout.area.byteCount)
    var pointers: [Int: UInt64] = [:]
    try writeMemory(
      at: kernelMemory, root: pointer(to: written.master.upper.rawValue), areaCount: 0, into: &memory)
    for (owner, place) in zip(owners, places) {
      pointers[owner.tgid] = pointer(to: place)
      let root = written.roots[owner.tgid]?.lower.rawValue ?? 0
      try writeMemory(
        at: place, root: pointer(to: root), areaCount: owner.areas.count, into: &memory)
      let own = Array(areaPlaces.suffix(owner.areas.count))
      areaPlaces.removeLast(own.count)
      for (area, at) in zip(owner.areas, own) {
        try write(
          area, at: at, descriptor: place, file: files[File(owner.tgid, area.path)] ?? 0, into: &memory)
      }
      try link(own, memory: place, into: &memory)
    }
    let heads = ([kernelMemory] + places).map { $0 + UInt64(layout.memory.list) }
    try storeRing(heads, in: &memory)
    return pointers
  }

  private mutating func writeMemory(
    at place: UInt64, root: UInt64, areaCount: Int, into memory: inout SparseMemory
  ) throws {
    let fields = layout.memory
    try fill(
      place, byteCount: fields.byteCount, kind: 2,
      fields: [
        (fields.areas, 2 * word), (fields.pgd, word), (fields.areaCount, 4), (fields.list, 2 * word),
        (fields.owner, word),
      ], in: &memory)
    try storeWord(root, at: place + UInt64(fields.pgd), in: &memory)
    try store32(areaCount, at: place + UInt64(fields.areaCount), in: &memory)
  }

  private mutating func write(
    _ area: SyntheticArea, at place: UInt64, descriptor: UInt64, file: UInt64, into memory: inout SparseMemory
  ) throws {
    let fields = layout.area
    func at(_ offset: Int) -> UInt64 { place + UInt64(offset) }
    try fill(
      place, byteCount: fields.byteCount, kind: 3,
      fields: [
        (fields.start, 4 * word), (fields.node, 3 * word), (fields.memory, word),
        (fields.pageProtection, layout.protectionByteCount), (fields.flags, word), (fields.pageOffset, word),
        (fields.file, word),
      ], in: &memory)
    try storeWord(area.first, at: at(fields.start), in: &memory)
    try storeWord(area.last &+ 1, at: at(fields.end), in: &memory)
    try storeWord(pointer(to: descriptor), at: at(fields.memory), in: &memory)
    // As x86 has it: present, user, accessed, writable where shared; no-execute in the top bit.
    let isExecutable = area.flags & 4 != 0
    let protection = 0x25 | area.flags & 2 & area.flags >> 2 | (isExecutable ? 0 : 1 << 63)
    try store(
      protection, at: at(fields.pageProtection), byteCount: layout.protectionByteCount, in: &memory)
    try storeWord(area.flags, at: at(fields.flags), in: &memory)
    let pageOffset = (area.path == nil ? area.first : area.fileOffset) >> 12
    try storeWord(pageOffset, at: at(fields.pageOffset), in: &memory)
    try storeWord(file == 0 ? 0 : pointer(to: file), at: at(fields.file), in: &memory)
  }

  /// The list and the tree of a process's areas, which are in address order.
  private func link(_ areas: [UInt64], memory place: UInt64, into memory: inout SparseMemory) throws {
    let fields = layout.area
    for (index, area) in areas.enumerated() {
      let next = index + 1 < areas.count ? pointer(to: areas[index + 1]) : 0
      let previous = index > 0 ? pointer(to: areas[index - 1]) : 0
      try storeWord(next, at: area + UInt64(fields.next), in: &memory)
      try storeWord(previous, at: area + UInt64(fields.previous), in: &memory)
    }
    let first = areas.first.map { pointer(to: $0) } ?? 0
    try storeWord(first, at: place + UInt64(layout.memory.areas), in: &memory)
    // The levels above the last are full, so that only nodes on the last one are red.
    var blackLevels = 0
    while (1 << (blackLevels + 1)) - 1 <= areas.count { blackLevels += 1 }
    let root = try linkTree(areas[...], parent: 0, blackLevels: blackLevels, into: &memory)
    try storeWord(root, at: place + UInt64(layout.memory.areaTree), in: &memory)
  }

  /// A balanced red-black tree; the pointer to its root's node.
  private func linkTree(
    _ areas: ArraySlice<UInt64>, parent: UInt64, blackLevels: Int, into memory: inout SparseMemory
  ) throws -> UInt64 {
    guard !areas.isEmpty else { return 0 }
    let middle = areas.startIndex + areas.count / 2
    let node = areas[middle] + UInt64(layout.area.node)
    let right = try linkTree(
      areas[(middle + 1)...], parent: pointer(to: node), blackLevels: blackLevels - 1, into: &memory)
    let left = try linkTree(
      areas[..<middle], parent: pointer(to: node), blackLevels: blackLevels - 1, into: &memory)
    // rb_node: parent and colour (1 is black), right, left (include/linux/rbtree.h).
    try storeWord(parent | (blackLevels > 0 ? 1 : 0), at: node, in: &memory)
    try storeWord(right, at: node + UInt64(word), in: &memory)
    try storeWord(left, at: node + UInt64(2 * word), in: &memory)
    return pointer(to: node)
  }
}
