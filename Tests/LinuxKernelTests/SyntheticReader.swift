import LinuxKernel
import PageTableEditing
import PageTables
import SyntheticKernels

/// Reads a synthetic kernel's structures back by its layout.
struct SyntheticReader {
  let kernel: SyntheticLinux
  let memory: KernelMemory
  let pointers: KernelPointers

  init(_ kernel: SyntheticLinux, _ memory: SharedMemory) {
    self.kernel = kernel
    self.memory = KernelMemory(memory, ranges: [kernel.ram])
    pointers = KernelPointers(
      wordByteCount: kernel.layout.wordByteCount, directMapOffset: kernel.directMapOffset,
      imageOffset: kernel.imageOffset, image: kernel.image)
  }

  /// The word at `offset` bytes behind a pointer; 0 where there is none.
  func word(_ pointer: UInt64, _ offset: Int = 0) -> UInt64 {
    pointers.physical(of: pointer, in: memory).flatMap {
      memory.word(at: $0.advanced(byBytes: UInt64(offset)), byteCount: kernel.layout.wordByteCount)
    } ?? 0
  }

  func number(_ pointer: UInt64, _ offset: Int) -> Int {
    pointers.physical(of: pointer, in: memory).flatMap {
      memory.word32(at: $0.advanced(byBytes: UInt64(offset)))
    }.map { Int(Int32(bitPattern: $0)) } ?? -1
  }

  func text(_ pointer: UInt64, limit: Int = 256) -> String? {
    pointers.physical(of: pointer, in: memory).flatMap { memory.string(at: $0, limit: limit) }
  }

  /// The structures of a ring of `list_head`s from `head` on, itself left out; nil unless it closes both ways.
  func ring(from head: UInt64, fieldOffset: Int) -> [UInt64]? {
    var found: [UInt64] = []
    var here = head
    repeat {
      let next = word(here)
      guard next != 0, word(next, kernel.layout.wordByteCount) == here, found.count < 10_000 else {
        return nil
      }
      if next != head { found.append(next &- UInt64(fieldOffset)) }
      here = next
    } while here != head
    return found
  }

  /// The areas' pointers in the order of the tree; nil unless it is a red-black tree.
  func tree(_ root: UInt64) -> [UInt64]? {
    guard root == 0 || word(root) & 1 == 1, let whole = subtree(root, parent: 0) else { return nil }
    return whole.areas
  }

  private func subtree(_ node: UInt64, parent: UInt64) -> (areas: [UInt64], blackHeight: Int)? {
    guard node != 0 else { return ([], 0) }
    let size = kernel.layout.wordByteCount
    let isBlack = word(node) & 1 == 1
    guard word(node) & ~3 == parent, isBlack || word(parent) & 1 == 1,
      let left = subtree(word(node, 2 * size), parent: node),
      let right = subtree(word(node, size), parent: node), left.blackHeight == right.blackHeight
    else { return nil }
    let area = node &- UInt64(kernel.layout.area.node)
    return (left.areas + [area] + right.areas, left.blackHeight + (isBlack ? 1 : 0))
  }

  /// A file's path within its file system.
  func path(ofFile file: UInt64) -> String? {
    let fields = kernel.layout.file
    var entry = word(file, fields.path + kernel.layout.wordByteCount)
    var path = ""
    for _ in 0..<64 {
      let parent = word(entry, fields.entryParent)
      if parent == entry { return path }
      guard let name = text(word(entry, fields.entryName + 8)),
        number(entry, fields.entryName + 4) == name.utf8.count
      else { return nil }
      path = "/" + name + path
      entry = parent
    }
    return nil
  }
}

extension SyntheticLinux {
  var ram: RAMRange {
    RAMRange(first: PhysicalAddress(ramStart), last: PhysicalAddress(ramStart + ramByteCount - 1))
  }

  /// Where the image's pointers point.
  var image: ClosedRange<UInt64> {
    let first = start + Self.imageStart &+ imageOffset
    let mask: UInt64 = layout.wordByteCount == 8 ? .max : 0xffff_ffff
    return first & mask...(first &+ Self.imageByteCount &- 1) & mask
  }
}
