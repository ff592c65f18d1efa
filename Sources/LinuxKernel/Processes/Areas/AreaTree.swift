import PageTables

/// The areas of a process before Linux 6.1: a list through `vm_next`, and a red-black tree of the same areas.
/// What is lost in the one may be found through the other.
struct AreaTree {
  let memory: KernelMemory
  let pointers: KernelPointers
  /// From the beginning of a `vm_area_struct`, in bytes.
  let next: Int
  /// `vm_rb`, if it is known: parent and colour, right, left.
  let node: Int?

  /// More areas than this are no list (`vm.max_map_count` is 65530 unless it is raised).
  private static let limit = 1 << 22

  /// The areas that can be reached from the list's first pointer and from the tree's root, and how many
  /// links led nowhere.
  func areas(first: UInt64, root: UInt64?) -> (places: [PhysicalAddress], brokenLinks: Int) {
    var places: [PhysicalAddress] = []
    var seen: Set<UInt64> = []
    var broken = 0
    var pointer = first
    while pointer != 0, places.count < Self.limit {
      guard seen.insert(pointer).inserted, let place = pointers.physical(of: pointer, in: memory),
        let following = memory.word(at: place.offset(by: next), byteCount: pointers.wordByteCount)
      else {
        broken += 1
        break
      }
      places.append(place)
      pointer = following
    }
    guard broken > 0, let node, let root, root != 0 else { return (places, broken) }
    broken = 0
    var stack = [root]
    var visited: Set<UInt64> = []
    while let here = stack.popLast(), places.count < Self.limit {
      guard visited.insert(here).inserted else { continue }
      let area = (here &- UInt64(node)) & pointers.wordMask
      guard let place = pointers.physical(of: area, in: memory) else {
        broken += 1
        continue
      }
      if seen.insert(area).inserted { places.append(place) }
      for child in [1, 2] {
        let link = memory.word(
          at: place.offset(by: node + child * pointers.wordByteCount), byteCount: pointers.wordByteCount)
        guard let link else {
          broken += 1
          continue
        }
        if link != 0 { stack.append(link) }
      }
    }
    return (places, broken)
  }
}
