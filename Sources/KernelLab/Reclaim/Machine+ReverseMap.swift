import PageTables

extension Machine {
  /// All entries of processes that map a frame (`rmap_walk`); nil if not all of them were found, so that it
  /// cannot be taken away.
  ///
  /// An anonymous page keeps its place in the numbering of its area (`linear_page_index`) wherever fork and
  /// mremap take it, and a file's page its place in the file. So every area has one address at most where it
  /// can be. The space that made the page is asked first.
  ///
  /// - Complexity: the areas of the space that made it, or of all spaces if others have it, too.
  func mappings(of frame: UInt64) -> [FrameMapping]? {
    guard let descriptor = frames.descriptor(of: frame) else { return nil }
    let count = Int(descriptor.mapCount)
    guard count > 0 else { return [] }
    var found: [FrameMapping] = []
    found.reserveCapacity(count)
    let isAnonymous = descriptor.kind == .anonymous
    let file = isAnonymous ? nil : reclaim.files[descriptor.owner]
    guard isAnonymous || file != nil else { return nil }
    let spaces = liveSpaces
    func look(in space: AddressSpace) {
      for area in space.areas {
        if isAnonymous {
          guard area.anonymousMap != nil else { continue }
        } else {
          guard area.file === file else { continue }
        }
        let number = descriptor.index &- area.pageOffset
        guard number < area.byteCount &>> pageSizeBits else { continue }
        let address = area.start &+ number &<< pageSizeBits
        if let mapping = mapping(of: frame, at: address, in: area, space) { found.append(mapping) }
      }
    }
    if isAnonymous, let owner = spaces.first(where: { $0.id == descriptor.owner }) {
      look(in: owner)
      if found.count == count { return found }
    }
    for space in spaces where !isAnonymous || space.id != descriptor.owner {
      look(in: space)
      if found.count == count { return found }
    }
    return nil
  }

  private func mapping(
    of frame: UInt64, at address: UInt64, in area: Area, _ space: AddressSpace
  ) -> FrameMapping? {
    if let slot = slot(for: address, root: space.root, depth: lastDepth) {
      let entry = entry(at: slot, depth: lastDepth)
      guard !entry.isNone, codec.isPresent(entry), codec.frame(of: entry) == frame else { return nil }
      return FrameMapping(space: space, area: area, address: address, slot: slot, isLarge: false)
    }
    guard let large = largeEntry(for: address, of: space) else { return nil }
    let number = (address & (hugePageByteCount &- 1)) &>> pageSizeBits
    guard codec.frame(of: large.entry) &+ number == frame else { return nil }
    return FrameMapping(space: space, area: area, address: address, slot: large.slot, isLarge: true)
  }
}
