/// Something in the machine's state that cannot be: a mistake of the lab, or what a scenario broke on
/// purpose.
public enum Inconsistency: Hashable, Sendable, CustomStringConvertible {
  /// A frame's descriptor counts other mappings than there are.
  case mapCount(frame: UInt64, counted: Int, found: Int)
  /// A frame has fewer users in its count than can be seen.
  case referenceCount(frame: UInt64, counted: Int, least: Int)
  /// A frame that is free, or is none of RAM's, is mapped.
  case mapsUnowned(space: UInt32, address: UInt64, frame: UInt64)
  /// A table, or other memory of the kernel, is mapped for a process.
  case mapsKernelMemory(space: UInt32, address: UInt64, frame: UInt64)
  /// A table of the user half is reached from two address spaces.
  case sharedTable(frame: UInt64, spaces: [UInt32])
  /// A table's frame is not marked as one of this space's.
  case unmarkedTable(frame: UInt64, space: UInt32)
  /// A frame is marked as a table, but no root reaches it.
  case leakedTable(frame: UInt64, owner: UInt32)
  /// A space counts other tables than are reachable.
  case tableCount(space: UInt32, depth: Int, counted: Int, found: Int)
  /// A space counts other pages than its entries say.
  case pageCount(space: UInt32, what: String, counted: Int64, found: Int64)
  /// A private page's frame says another place in the numbering of its area than it has: it would not be found.
  case reverseMap(space: UInt32, address: UInt64, frame: UInt64)
  /// A private page that nobody maps, and that is not in the swap cache; or one with users that cannot be seen.
  case strayPage(frame: UInt64, users: Int, found: Int)
  /// A transparent huge page without a deposited table, or such a table without a page.
  case deposit(space: UInt32, address: UInt64)
  /// A swap slot counts other entries than name it; or an entry names a slot that is free.
  case swapCount(type: Int, offset: UInt64, counted: Int, found: Int)
  /// The swap cache and the frame's descriptor disagree.
  case swapCache(frame: UInt64)
  /// The pool of huge pages counts others than there are.
  case hugePagePool(counted: Int, found: Int)
  /// A page is present where there is no area.
  case mapsOutsideAreas(space: UInt32, address: UInt64)
  /// An entry allows to write where the area does not.
  case allowsTooMuch(space: UInt32, address: UInt64)
  /// Areas overlap, are empty or out of order.
  case areaOrder(space: UInt32, address: UInt64)
  /// A space has a kernel entry that the master lacks, or another one.
  case kernelEntry(space: UInt32, address: UInt64, entry: UInt64, master: UInt64)
  /// A TLB holds what the tables deny.
  case tlb(cpu: Int, address: UInt64, physical: UInt64, reason: String)
  /// The allocator's free blocks and the descriptors disagree.
  case freeCount(zone: String, counted: Int, found: Int)

  public var description: String {
    switch self {
    case .mapCount(let frame, let counted, let found):
      return "frame \(hexadecimal(frame)) counts \(counted) mappings, but has \(found)"
    case .referenceCount(let frame, let counted, let least):
      return "frame \(hexadecimal(frame)) counts \(counted) users, but has at least \(least)"
    case .mapsUnowned(let space, let address, let frame):
      return "space \(space) maps \(hexadecimal(address)) to frame \(hexadecimal(frame)), which nobody owns"
    case .mapsKernelMemory(let space, let address, let frame):
      return
        "space \(space) maps \(hexadecimal(address)) to frame \(hexadecimal(frame)), which is the kernel's"
    case .sharedTable(let frame, let spaces):
      return "the table in frame \(hexadecimal(frame)) serves user addresses of spaces \(spaces)"
    case .unmarkedTable(let frame, let space):
      return "frame \(hexadecimal(frame)) is a table of space \(space), but not marked as one"
    case .leakedTable(let frame, let owner):
      return "frame \(hexadecimal(frame)) is a table of space \(owner) that no root reaches"
    case .tableCount(let space, let depth, let counted, let found):
      return "space \(space) counts \(counted) tables at level \(depth), but has \(found)"
    case .pageCount(let space, let what, let counted, let found):
      return "space \(space) counts \(counted) \(what) pages, but has \(found)"
    case .reverseMap(let space, let address, let frame):
      return
        "frame \(hexadecimal(frame)) of space \(space) at \(hexadecimal(address)) says that it is elsewhere"
    case .strayPage(let frame, let users, let found):
      return "the private page in frame \(hexadecimal(frame)) counts \(users) users, but has \(found)"
    case .deposit(let space, let address):
      return "space \(space): the huge page at \(hexadecimal(address)) and its deposited table do not agree"
    case .swapCount(let type, let offset, let counted, let found):
      return "swap slot \(offset) of device \(type) counts \(counted), but \(found) name it"
    case .swapCache(let frame):
      return "the swap cache and frame \(hexadecimal(frame)) do not agree"
    case .hugePagePool(let counted, let found):
      return "the pool counts \(counted) huge pages, but has \(found)"
    case .mapsOutsideAreas(let space, let address):
      return "space \(space) has a page at \(hexadecimal(address)), where no area is"
    case .allowsTooMuch(let space, let address):
      return "space \(space) may write at \(hexadecimal(address)), which its area forbids"
    case .areaOrder(let space, let address):
      return "space \(space): the area at \(hexadecimal(address)) is empty, overlaps or is out of order"
    case .kernelEntry(let space, let address, let entry, let master):
      return
        "space \(space) has the entry \(hexadecimal(entry)) for \(hexadecimal(address)), the master \(hexadecimal(master))"
    case .tlb(let cpu, let address, let physical, let reason):
      return "CPU \(cpu)'s TLB takes \(hexadecimal(address)) to \(hexadecimal(physical)): \(reason)"
    case .freeCount(let zone, let counted, let found):
      return "zone \(zone) counts \(counted) free frames, but has \(found)"
    }
  }
}
