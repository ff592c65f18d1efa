import PageTables

/// Finds the list of all tasks from the name of the first one (or of `kthreadd`), with no offset known:
/// only the right distance between name and list gives a list whose links are mutual and whose nodes all
/// have names.
struct TaskChainSearch {
  let memory: KernelMemory
  let scan: MemoryScan

  /// How far a name and its list may be apart in a `task_struct`, in bytes. Linux 6.12's is 752 on x86-64.
  private static let reachBytes = 4096
  /// The kernel's image is smaller than this on either side of its first task, in bytes.
  static let imageReachBytes: UInt64 = 128 << 20

  /// The lists from the names of first tasks that close, the longest one first; one for each name.
  func closed() -> [TaskChain] {
    scan[.idleTask].prefix(64).compactMap { anchor in
      fragments(through: anchor, isIdle: true).filter(\.isClosed).max { $0 < $1 }
    }.sorted { $1 < $0 }
  }

  /// The lists through a task whose name stands at `anchor`, by every distance and addressing.
  private func fragments(through anchor: PhysicalAddress, isIdle: Bool) -> [TaskChain] {
    var found: [TaskChain] = []
    for wordByteCount in [8, 4] {
      for pointers in addressings(around: anchor, wordByteCount: wordByteCount, isInImage: isIdle) {
        for distance in stride(from: -Self.reachBytes, to: Self.reachBytes, by: wordByteCount) {
          let node = anchor.offset(by: -distance)
          let pointer =
            isIdle
            ? (node.rawValue &+ pointers.imageOffset) & pointers.wordMask
            : pointers.directMapPointer(to: node)
          let walk = TaskChainWalk(memory: memory, pointers: pointers, nameDistance: distance)
          let chain = walk.chain(from: node, pointer: pointer)
          guard chain.nodes.count >= 2 else { continue }
          found.append(
            TaskChain(
              pointers: pointers, anchorName: anchor, nameDistance: distance, nodes: chain.nodes,
              idleNode: isIdle ? node : nil, isClosed: chain.isClosed))
        }
      }
    }
    return found
  }

  /// What can be put together of lists that are cut, from as many tasks as have known names: for each distance and
  /// addressing one with each task that is called as the first one, and one without; the one with the most tasks
  /// first. Any process can take that name: which one is right, the tasks' members tell.
  ///
  /// A list of siblings can be as long as the list of all tasks. It does as well: the members' places are the
  /// same from either, and tasks that are not on it are found by them.
  func assembled() -> [TaskChain] {
    struct Key: Hashable {
      var wordByteCount: Int
      var directMapOffset: UInt64
      var nameDistance: Int
    }
    var pieces: [Key: [TaskChain]] = [:]
    let anchors =
      scan[.idleTask].prefix(64).map { ($0, true) } + scan[.kernelThread].prefix(16).map { ($0, false) }
      + scan[.worker].spread(over: 64).map { ($0, false) }
    for (anchor, isIdle) in anchors {
      for piece in fragments(through: anchor, isIdle: isIdle) {
        let key = Key(
          wordByteCount: piece.pointers.wordByteCount, directMapOffset: piece.pointers.directMapOffset,
          nameDistance: piece.nameDistance)
        pieces[key, default: []].append(piece)
      }
    }
    return pieces.values.flatMap(Self.together).sorted {
      ($1.nodes.count, $0.nameDistance) < ($0.nodes.count, $1.nameDistance)
    }
  }

  /// Lists of one distance and addressing as one list with each first task, and one without.
  private static func together(_ pieces: [TaskChain]) -> [TaskChain] {
    let plain = pieces.filter { $0.idleNode == nil }
    let rest = plain.flatMap(\.nodes).uniqued()
    let firsts = pieces.filter { $0.idleNode != nil } + plain.prefix(1)
    return firsts.map { piece in
      var whole = piece
      whole.nodes = (piece.nodes + rest).uniqued()
      whole.isClosed = false
      return whole
    }
  }

  /// What the distances between pointers and physical memory could be: the direct map's by the votes of all
  /// memory, the image's by those around the first task.
  private func addressings(
    around anchor: PhysicalAddress, wordByteCount: Int, isInImage: Bool
  ) -> [KernelPointers] {
    let votes = wordByteCount == 8 ? scan.selfPointers64 : scan.selfPointers32
    let directMaps = votes.filter { $0.value >= 3 }.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
      .prefix(8).map(\.key)
    let mask: UInt64 = wordByteCount == 4 ? 0xffff_ffff : .max
    var images = directMaps
    if isInImage {
      guard let local = imageOffset(around: anchor, wordByteCount: wordByteCount) else { return [] }
      images = [local]
    }
    var result: [KernelPointers] = []
    for directMap in directMaps {
      // A thread that is not in the image tells nothing of where the image is: any of the peaks will do.
      for image in isInImage ? images : [directMap] {
        let middle = (anchor.rawValue &+ image) & mask
        let low = middle > Self.imageReachBytes ? middle - Self.imageReachBytes : 0
        let high = min(
          mask,
          middle.addingReportingOverflow(Self.imageReachBytes).overflow
            ? mask : middle + Self.imageReachBytes)
        result.append(
          KernelPointers(
            wordByteCount: wordByteCount, directMapOffset: directMap, imageOffset: image,
            image: low...high))
      }
    }
    return result
  }

  /// The distance that most self-pointers within 3 KiB of the first task's name have.
  private func imageOffset(around anchor: PhysicalAddress, wordByteCount: Int) -> UInt64? {
    let mask: UInt64 = wordByteCount == 4 ? 0xffff_ffff : .max
    var votes: [UInt64: Int] = [:]
    for offset in stride(from: -3072, to: 3072, by: wordByteCount) {
      let place = anchor.offset(by: offset)
      guard let word = memory.word(at: place, byteCount: wordByteCount),
        wordByteCount == 8 ? word >> 63 == 1 : word >= 0x4000_0000,
        memory.word(at: place.offset(by: wordByteCount), byteCount: wordByteCount) == word
      else { continue }
      votes[(word &- place.rawValue) & mask, default: 0] += 1
    }
    return votes.filter { $0.value >= 3 }.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }
}

extension [PhysicalAddress] {
  /// At most `count` elements, evenly taken.
  func spread(over count: Int) -> [PhysicalAddress] {
    guard self.count > count else { return self }
    return (0..<count).map { self[$0 * self.count / count] }
  }
}
