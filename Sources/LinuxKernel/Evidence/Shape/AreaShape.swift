import PageTables

/// Where a process's areas hang, and where the members of `vm_area_struct` and `file` lie.
struct AreaShape {
  let memory: KernelMemory
  let pointers: KernelPointers
  /// The `mm_struct`s of processes.
  let descriptors: [PhysicalAddress]
  /// Offsets in files are counted in pages of 2^`pageSizeBits` bytes.
  let pageSizeBits: UInt64
  private(set) var layout = StructureLayout()

  private var word: Int { pointers.wordByteCount }
  private static let descriptorReachBytes = 1024
  private static let areaReachBytes = 320
  /// `f_path` lies in the first 80 bytes of a `struct file`, and no kernel's is shorter than this: what lies
  /// behind may be the next file's.
  private static let fileReachBytes = 128

  init(
    memory: KernelMemory, pointers: KernelPointers, descriptors: [PhysicalAddress], pageSizeBits: UInt8
  ) {
    self.pageSizeBits = UInt64(pageSizeBits)
    self.memory = memory
    self.pointers = pointers
    self.descriptors = Array(descriptors.prefix(24))
    let areas = findMapleTree() ?? findList() ?? []
    guard areas.count >= 3 else { return }
    let columns = ObjectColumns(
      memory: memory, wordByteCount: word, origins: Array(areas.prefix(400).map(\.place)))
    let starts = areas.prefix(400).map(\.first)
    findFlags(columns)
    findFile(columns, starts: starts)
  }

  private struct Seen {
    var place: PhysicalAddress
    var first: UInt64
  }

  private mutating func note(_ name: String, _ offset: Int, _ detail: String) {
    layout.note(name, offset, Evidence(.shape, detail))
  }

  // MARK: Maple tree, 6.1 and later

  /// The root of a maple tree in `mm_struct`: its node's parent word is the tree's own address, marked by bit 0.
  private mutating func findMapleTree() -> [Seen]? {
    let tree = MapleTree(memory: memory, pointers: pointers)
    var votes: [[Int]: Int] = [:]
    for descriptor in descriptors {
      for offset in stride(from: 0, to: Self.descriptorReachBytes, by: word) {
        guard let root = memory.word(at: descriptor.offset(by: offset), byteCount: word),
          MapleTree.isRoot(root), let node = tree.node(root),
          let parent = memory.word(at: node, byteCount: word), parent & 1 == 1,
          let owner = pointers.physical(of: parent & ~1, in: memory)
        else { continue }
        let distance = Int(truncatingIfNeeded: owner.rawValue &- descriptor.rawValue)
        if (0...offset).contains(distance) { votes[[distance, offset], default: 0] += 1 }
      }
    }
    // The same is true of the next `mm_struct`, a size further.
    guard let most = votes.values.max(),
      let best = votes.filter({ $0.value * 2 >= most })
        .min(by: { ($0.key[0], $0.key[1]) < ($1.key[0], $1.key[1]) }),
      best.value * 2 >= descriptors.count
    else { return nil }
    let (treeAt, rootAt) = (best.key[0], best.key[1])
    var entries: [(MapleTree.Entry, PhysicalAddress)] = []
    for descriptor in descriptors {
      guard let root = memory.word(at: descriptor.offset(by: rootAt), byteCount: word) else { continue }
      for entry in tree.contents(below: root).entries {
        if let place = pointers.physical(of: entry.pointer, in: memory) { entries.append((entry, place)) }
      }
    }
    let columns = ObjectColumns(memory: memory, wordByteCount: word, origins: entries.map(\.1))
    let start = bestColumn(columns) { $0 == entries[$1].0.first }
    let end = bestColumn(columns) { $0 == entries[$1].0.last &+ 1 }
    guard let start, let end else { return nil }
    let detail = "\(best.value) of \(descriptors.count) processes have a tree whose root knows its owner"
    note("mm_struct.mm_mt", treeAt, detail)
    note("maple_tree.ma_root", rootAt - treeAt, detail)
    note("vm_area_struct.vm_start", start, "equals the tree's first index in \(entries.count) areas")
    note("vm_area_struct.vm_end", end, "equals the tree's last index in \(entries.count) areas")
    return entries.map { Seen(place: $0.1, first: $0.0.first) }
  }

  private func bestColumn(_ columns: ObjectColumns, _ holds: (UInt64, Int) -> Bool) -> Int? {
    var best: (offset: Int, count: Int)?
    for offset in stride(from: 0, to: 64, by: word) {
      let values = columns.words(at: offset)
      let count = values.indices.count { index in values[index].map { holds($0, index) } ?? false }
      if count * 10 >= values.count * 9, count > best?.count ?? 0 { best = (offset, count) }
    }
    return best?.offset
  }

  // MARK: List, before 6.1

  /// The first area hangs in `mm_struct`; it begins with its start and end, names the `mm_struct`, and leads
  /// to areas at rising addresses.
  private mutating func findList() -> [Seen]? {
    var best: (list: Int, next: Int, owner: Int, areas: [Seen], count: Int)?
    for list in stride(from: 0, to: 128, by: word) {
      for next in stride(from: 2 * word, to: 8 * word, by: word) {
        var areas: [Seen] = []
        var owners: [Int: Int] = [:]
        var count = 0
        for descriptor in descriptors {
          guard let chain = follow(descriptor, list: list, next: next), chain.count >= 2 else { continue }
          count += 1
          areas += chain
          for owner in stride(from: 2 * word, to: 24 * word, by: word) {
            let own = memory.word(at: chain[0].place.offset(by: owner), byteCount: word)
            if let own, pointers.physical(of: own, in: memory) == descriptor {
              owners[owner, default: 0] += 1
            }
          }
        }
        guard let owner = owners.max(by: { $0.value < $1.value }), owner.value * 2 >= descriptors.count,
          areas.count > best?.areas.count ?? 0
        else { continue }
        best = (list, next, owner.key, areas, count)
      }
    }
    guard let best else { return nil }
    let detail = "\(best.count) of \(descriptors.count) processes have a list of areas at rising addresses"
    note("mm_struct.mmap", best.list, detail)
    note("vm_area_struct.vm_start", 0, detail)
    note("vm_area_struct.vm_end", word, detail)
    note("vm_area_struct.vm_next", best.next, detail)
    note("vm_area_struct.vm_mm", best.owner, "the first area's word that is its mm_struct")
    findTree(beside: best.list, first: best.areas[0].place)
    return best.areas
  }

  private func follow(_ descriptor: PhysicalAddress, list: Int, next: Int) -> [Seen]? {
    guard var pointer = memory.word(at: descriptor.offset(by: list), byteCount: word) else { return nil }
    var areas: [Seen] = []
    var end: UInt64 = 0
    while pointer != 0, areas.count < 1 << 16 {
      guard let place = pointers.physical(of: pointer, in: memory),
        let first = memory.word(at: place, byteCount: word),
        let last = memory.word(at: place.offset(by: word), byteCount: word),
        let following = memory.word(at: place.offset(by: next), byteCount: word)
      else { return areas.isEmpty ? nil : areas }
      guard first >= end, last > first, (first | last) & 4095 == 0 else { return nil }
      areas.append(Seen(place: place, first: first))
      end = last
      pointer = following
    }
    return areas
  }

  /// The tree's root stands behind the list's head, and leads to the middle of an area whose parent word has
  /// no address: it is the root.
  private mutating func findTree(beside list: Int, first: PhysicalAddress) {
    for offset in stride(from: 3 * word, to: 8 * word, by: word) {
      let isNode = descriptors.allSatisfy { descriptor in
        guard let root = memory.word(at: descriptor.offset(by: list + word), byteCount: word) else {
          return true
        }
        guard root != 0 else { return true }
        guard let area = pointers.physical(of: (root &- UInt64(offset)) & pointers.wordMask, in: memory),
          let parent = memory.word(at: area.offset(by: offset), byteCount: word),
          let start = memory.word(at: area, byteCount: word),
          let end = memory.word(at: area.offset(by: word), byteCount: word)
        else { return true }
        return parent & ~3 == 0 && start < end && (start | end) & 4095 == 0
      }
      guard isNode else { continue }
      note("mm_struct.mm_rb", list + word, "the word behind the list's head is a tree's root")
      note("vm_area_struct.vm_rb", offset, "the roots' parent words are empty there")
      return
    }
  }

  // MARK: Members of vm_area_struct

  /// `VM_READ`, `VM_WRITE`, `VM_EXEC` never go beyond `VM_MAYREAD`, `VM_MAYWRITE`, `VM_MAYEXEC`, 4 bits higher.
  private mutating func findFlags(_ columns: ObjectColumns) {
    for offset in stride(from: 2 * word, to: Self.areaReachBytes, by: word) {
      let values = columns.words(at: offset).compactMap { $0 }
      guard values.count >= 3, values.allSatisfy({ $0 != 0 && $0 < 1 << 48 && $0 & 7 & ~($0 >> 4) == 0 }),
        Set(values.map { $0 & 15 }).count >= 3, values.allSatisfy({ $0 & 0x70 != 0 })
      else { continue }
      note(
        "vm_area_struct.vm_flags", offset,
        "the rights never exceed what may be granted, in \(values.count) areas")
      return
    }
  }

  /// `vm_pgoff` of most anonymous areas is their own page number; `vm_file` is the word behind it.
  private mutating func findFile(_ columns: ObjectColumns, starts: [UInt64]) {
    var best: (offset: Int, count: Int) = (0, 0)
    for offset in stride(from: 2 * word, to: Self.areaReachBytes, by: word) {
      let count = zip(columns.words(at: offset), starts).count { $0 == $1 >> pageSizeBits && $1 != 0 }
      if count > best.count { best = (offset, count) }
    }
    guard best.count >= 2 else { return }
    let files = columns.words(at: best.offset + word)
    guard files.allSatisfy({ $0 == nil || $0 == 0 || pointers.physical(of: $0 ?? 0, in: memory) != nil })
    else { return }
    note("vm_area_struct.vm_pgoff", best.offset, "is the area's own page number in \(best.count) areas")
    note("vm_area_struct.vm_file", best.offset + word, "the word behind vm_pgoff: 0 or a pointer")
    let places = files.compactMap { $0 }.filter { $0 != 0 }.uniqued()
      .compactMap { pointers.physical(of: $0, in: memory) }
    findDirectoryEntries(of: Array(places.prefix(64)))
  }

  // MARK: file, dentry

  /// A file's directory entry points at a name inside itself, and has the name's length before that pointer.
  private mutating func findDirectoryEntries(of files: [PhysicalAddress]) {
    var votes: [[Int]: Int] = [:]
    for file in files {
      for entryAt in stride(from: 0, to: Self.fileReachBytes, by: word) {
        guard let pointer = memory.word(at: file.offset(by: entryAt), byteCount: word), pointer & 7 == 0,
          let entry = pointers.physical(of: pointer, in: memory)
        else { continue }
        for nameAt in stride(from: 2 * word, to: 128, by: word) {
          guard let name = memory.word(at: entry.offset(by: nameAt), byteCount: word) else { continue }
          let inline = Int(truncatingIfNeeded: name &- pointer)
          guard inline > nameAt, inline < 192, let length = memory.word32(at: entry.offset(by: nameAt - 4)),
            length > 0, length < 64,
            let text = memory.string(at: entry.offset(by: inline), limit: 64), text.utf8.count == Int(length)
          else { continue }
          votes[[entryAt, nameAt], default: 0] += 1
        }
      }
    }
    guard let best = votes.max(by: { ($0.value, $1.key[0]) < ($1.value, $0.key[0]) }) else { return }
    let (entryAt, nameAt) = (best.key[0], best.key[1])
    let detail = "\(best.value) of \(files.count) files have a directory entry that holds its own name"
    note("file.f_path.dentry", entryAt, detail)
    note("file.f_path.mnt", entryAt - word, "the word before the directory entry")
    note("dentry.d_name.name", nameAt, detail)
    note("dentry.d_name.len", nameAt - 4, detail)
    findParent(of: files, entryAt: entryAt, nameAt: nameAt)
  }

  /// The word before the name's hash and length, or one before that where the hash is aligned to 8 bytes,
  /// leads to another directory entry, or back to itself.
  private mutating func findParent(of files: [PhysicalAddress], entryAt: Int, nameAt: Int) {
    let entries = files.compactMap { memory.word(at: $0.offset(by: entryAt), byteCount: word) }.uniqued()
      .compactMap { pointers.physical(of: $0, in: memory) }
    for parentAt in [nameAt - 8 - word, nameAt - 8 - 2 * word] where parentAt > 0 {
      let count = entries.count { entry in
        guard let pointer = memory.word(at: entry.offset(by: parentAt), byteCount: word),
          let parent = pointers.physical(of: pointer, in: memory),
          let name = memory.word(at: parent.offset(by: nameAt), byteCount: word),
          let length = memory.word32(at: parent.offset(by: nameAt - 4)), length > 0,
          let text = pointers.physical(of: name, in: memory),
          let string = memory.string(at: text, limit: 256)
        else { return false }
        return string.utf8.count == Int(length)
      }
      guard count >= 1, count * 2 >= entries.count else { continue }
      note("dentry.d_parent", parentAt, "leads to a directory entry in \(count) of \(entries.count)")
      return
    }
  }
}
