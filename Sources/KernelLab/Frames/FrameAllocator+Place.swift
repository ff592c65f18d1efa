extension FrameAllocator {
  /// Allocates the block of 2^`order` frames that begins at `frame`; false, and nothing changed, if it is
  /// not wholly free or not aligned to its size.
  ///
  /// - Complexity: one look for each size of block.
  mutating func allocate(
    at frame: UInt64, order: Int = 0, kind: FrameDescriptor.Kind, owner: UInt32 = 0, index: UInt64 = 0
  ) -> Bool {
    guard isRAM(frame), order >= 0, order < Zone.orderCount else { return false }
    let place = Int(frame &- firstFrame)
    guard place & ((1 << order) - 1) == 0,
      let zone = zones.firstIndex(where: { $0.frames.contains(place) }),
      var size = (order..<Zone.orderCount).first(where: { isListed(place & ~((1 << $0) - 1), order: $0) })
    else { return false }
    var block = place & ~((1 << size) - 1)
    remove(block, order: size, zone: zone)
    // What is not asked for goes back, half by half.
    while size > order {
      size -= 1
      let upper = block + (1 << size)
      if place >= upper {
        push(block, order: size, zone: zone)
        block = upper
      } else {
        push(upper, order: size, zone: zone)
      }
    }
    zones[zone].freeCount -= 1 << order
    describe(frame, order: order, kind: kind, owner: owner, index: index)
    return true
  }

  /// Has the next allocations of 2^`order` frames in their zone give the blocks that begin at these frames,
  /// in this order; false, and nothing changed, if one of them is not wholly free.
  ///
  /// The blocks go to their list's head as they are, not joined with their neighbours.
  mutating func prefer(_ blocks: [UInt64], order: Int = 0) -> Bool {
    for (count, frame) in blocks.enumerated() where !allocate(at: frame, order: order, kind: .kernel) {
      for taken in blocks[..<count] { free(taken, order: order) }
      return false
    }
    for frame in blocks.reversed() {
      let place = Int(frame &- firstFrame)
      guard let zone = zones.firstIndex(where: { $0.frames.contains(place) }) else { return false }
      for index in place..<place + (1 << order) { descriptors[index].kind = .free }
      push(place, order: order, zone: zone)
      zones[zone].freeCount += 1 << order
    }
    return true
  }

  /// Gives frames that are reserved a purpose: the kernel's own, from boot on.
  mutating func describe(
    _ frame: UInt64, order: Int = 0, kind: FrameDescriptor.Kind, owner: UInt32 = 0, index: UInt64 = 0
  ) {
    for offset in 0..<UInt64(1 << order) where isRAM(frame &+ offset) {
      self[frame &+ offset] = FrameDescriptor(
        referenceCount: offset == 0 ? 1 : 0, mapCount: 0, kind: kind, order: offset == 0 ? UInt8(order) : 0,
        level: 0, flags: offset == 0 ? [] : .isTail, owner: owner, next: 0, index: index &+ offset)
    }
  }

  /// Whether a free block of that size begins at a place.
  private func isListed(_ place: Int, order: Int) -> Bool {
    guard place < descriptors.count else { return false }
    let descriptor = descriptors[place]
    return descriptor.kind == .free && descriptor.level == Self.listed && Int(descriptor.order) == order
  }
}
