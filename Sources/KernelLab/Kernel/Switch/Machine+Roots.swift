import PageTableEditing
import PageTables

extension Machine {
  /// Frees a space's top table (`pgd_free`, from `__mmdrop`): nobody runs in it, and nobody borrows it.
  mutating func freeRoot(of space: AddressSpace) {
    locks.acquire(.pgd)
    kernel.spaces.removeAll { $0.space == nil || $0.space === space }
    locks.release(.pgd)
    for (half, root) in [(Region.Root.lower, space.root.lower), (.upper, space.root.upper)] {
      guard let sizeBits = format.rootSizeBits(for: half), root != kernel.root[half] else { continue }
      frames.free(root, sizeBits: sizeBits)
      let frame = root.rawValue >> pageSizeBits
      log.add(.freed(frame: frame))
    }
  }
}
