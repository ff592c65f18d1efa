import PageTables

/// Linux's maple tree (6.1 and later), as far as the areas of a process need it: ranges and pointers.
///
/// include/linux/maple_tree.h: nodes of 256 bytes, aligned; a pointer to a node has its type in bits 3 to 6.
/// A node begins with a word for its parent; then pivots (the last index of each slot but the last one), then
/// slots. `maple_arange_64` has gaps behind them, which nobody here needs.
struct MapleTree {
  let memory: KernelMemory
  let pointers: KernelPointers

  /// A slot of a leaf that is not empty: indices and the pointer stored for them.
  struct Entry: Equatable {
    var first: UInt64
    var last: UInt64
    var pointer: UInt64
  }

  /// What a walk of the tree gave: entries in order, and the index ranges of nodes that could not be read.
  struct Contents: Equatable {
    var entries: [Entry] = []
    var missing: [ClosedRange<UInt64>] = []
    var nodeCount = 0
  }

  /// Deeper trees do not exist: ten slots a level for 2⁶⁴ indices of pages are 16.
  private static let depthLimit = 20
  /// More nodes than `vm.max_map_count` of its largest use would need are not followed.
  private static let nodeLimit = 1 << 20

  /// Whether `word` can be the root pointer of a tree: a node's address with a type of 1 to 3, and the bits
  /// that mark a root.
  static func isRoot(_ word: UInt64) -> Bool {
    let low = word & 0xff
    return low == 0x0e || low == 0x16 || low == 0x1e
  }

  /// The node's address behind a pointer with type bits.
  func node(_ encoded: UInt64) -> PhysicalAddress? {
    pointers.physical(of: encoded & ~0xff & pointers.wordMask, in: memory)
  }

  /// All entries below the root pointer `root`.
  func contents(below root: UInt64) -> Contents {
    var contents = Contents()
    walk(root, first: 0, last: pointers.wordMask, depth: 0, into: &contents)
    return contents
  }

  private func walk(
    _ encoded: UInt64, first: UInt64, last: UInt64, depth: Int, into contents: inout Contents
  ) {
    let word = pointers.wordByteCount
    let type = encoded >> 3 & 15
    contents.nodeCount += 1
    guard (1...3).contains(type), depth < Self.depthLimit, contents.nodeCount < Self.nodeLimit,
      let place = node(encoded)
    else {
      contents.missing.append(first...last)
      return
    }
    // Bytes: 64-bit nodes have 16 and 10 slots, 32-bit ones 32 and 21.
    let slotCount = type == 3 ? (word == 8 ? 10 : 21) : 256 / word / 2
    let slots = word + (slotCount - 1) * word
    var low = first
    for slot in 0..<slotCount {
      guard let pointer = memory.word(at: place.offset(by: slots + slot * word), byteCount: word) else {
        contents.missing.append(low...last)
        return
      }
      var high = last
      if slot < slotCount - 1 {
        guard let pivot = memory.word(at: place.offset(by: word + slot * word), byteCount: word) else {
          contents.missing.append(low...last)
          return
        }
        // An unused pivot is zero: what is left belongs to this slot.
        if pivot != 0 || slot == 0 { high = pivot }
      }
      // A pivot outside of what the node stands for: the node has been changed, or is none.
      guard low <= high, high <= last else {
        contents.missing.append(low...last)
        return
      }
      if type == 1 {
        if pointer != 0, pointer & 3 == 0 {
          contents.entries.append(Entry(first: low, last: high, pointer: pointer))
        }
      } else if pointer != 0 {
        walk(pointer, first: low, last: high, depth: depth + 1, into: &contents)
      }
      guard high < last else { return }
      low = high + 1
    }
  }
}
