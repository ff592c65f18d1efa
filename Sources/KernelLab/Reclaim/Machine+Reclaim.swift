import PageTables

extension Machine {
  /// The free frames that the kernel tries to keep.
  public var watermarks: Watermarks {
    Watermarks(ramByteCount: profile.ramByteCount, pageByteCount: pageByteCount)
  }

  /// How many pages direct reclaim takes at least (SWAP_CLUSTER_MAX).
  private static var clusterCount: Int { 32 }

  /// Takes pages away until `count` frames more are free or nothing is left to take; how many became free.
  ///
  /// One hand goes round over all frames: a page that was used since it came by last stays (second chance).
  /// Linux keeps two lists for each kind of page, in the order of use; this is the same judgement without
  /// its order, without balancing kinds and without working sets.
  ///
  /// - Parameter zone: only frames that this zone's allocations can use.
  /// - Complexity: three rounds over the frames at most.
  @discardableResult
  public mutating func reclaim(_ count: Int, zone: Zone.Kind = .highMemory) -> Int {
    var freed = 0
    var looked = 0
    let limit = frames.frameCount * 3
    while freed < count, looked < limit {
      if reclaim.hand >= frames.frameCount { reclaim.hand = 0 }
      let frame = frames.firstFrame &+ UInt64(reclaim.hand)
      reclaim.hand += 1
      looked += 1
      guard isReclaimable(frame, zone) else { continue }
      guard let mappings = mappings(of: frame) else { continue }
      counters.scannedPages &+= 1
      guard let taken = lockForReclaim(frame, mappings) else { continue }
      if !wasUsed(frame, mappings), evict(frame, mappings) {
        freed += 1
        counters.reclaimedPages &+= 1
      }
      unlockAfterReclaim(frame, taken)
    }
    return freed
  }

  private func isReclaimable(_ frame: UInt64, _ zone: Zone.Kind) -> Bool {
    let descriptor = frames[frame]
    switch descriptor.kind {
    case .anonymous:
      guard descriptor.mapCount > 0 || descriptor.flags.contains(.inSwapCache) else { return false }
    case .file, .sharedMemory: break
    default: return false
    }
    guard !descriptor.flags.contains(.unevictable) else { return false }
    guard zone != .highMemory else { return true }
    let place = Int(frame &- frames.firstFrame)
    return frames.zones.contains { $0.kind.rawValue <= zone.rawValue && $0.frames.contains(place) }
  }

  /// Whether a page was used since it was asked last: it is old afterwards (`folio_referenced`).
  private mutating func wasUsed(_ frame: UInt64, _ mappings: [FrameMapping]) -> Bool {
    var isUsed = frames[frame].flags.contains(.referenced)
    frames[frame].flags.remove(.referenced)
    for mapping in mappings {
      let depth = mapping.isLarge ? hugePageDepth : lastDepth
      let entry = entry(at: mapping.slot, depth: depth)
      guard codec.isYoung(entry) else { continue }
      isUsed = true
      lockTable(of: mapping.slot, depth: depth, site: "folio_referenced_one")
      setEntry(codec.old(entry), at: mapping.slot, depth: depth)
      unlockTable(of: mapping.slot, depth: depth)
      if mapping.isLarge { noteUse(ofAll: entry, but: frame) }
      if flushesWhenOld { flush(page: mapping.address, of: mapping.space) }
    }
    return isUsed
  }

  /// One bit tells of all pages of a large entry: each has its chance.
  private mutating func noteUse(ofAll entry: PageEntry, but frame: UInt64) {
    let first = codec.frame(of: entry)
    for other in first..<first &+ hugePageCount where other != frame && frames.isRAM(other) {
      frames[other].flags.insert(.referenced)
    }
  }

  /// Whether the TLB forgets a page that is marked old (`ptep_clear_flush_young`): not on x86 and RISC-V, where
  /// a page that stays in the TLB may be taken for unused (6.1).
  private var flushesWhenOld: Bool { profile.architecture != .x86 && profile.architecture != .riscv }

  // MARK: When frames run out

  /// A block of frames; if there is none, after others were taken away (`__alloc_pages_slowpath`). Up to the
  /// high watermark then, as kswapd would: so the next ones find free frames.
  @inline(__always)
  mutating func allocateFrames(
    order: Int = 0, zone: Zone.Kind = .highMemory, kind: FrameDescriptor.Kind, owner: UInt32 = 0,
    index: UInt64 = 0
  ) -> UInt64? {
    if let frame = frames.allocate(order: order, zone: zone, kind: kind, owner: owner, index: index) {
      return frame
    }
    while makeRoom(order: order, zone: zone) {
      if let frame = frames.allocate(order: order, zone: zone, kind: kind, owner: owner, index: index) {
        return frame
      }
    }
    return nil
  }

  /// Takes pages away for an allocation that failed; false if none could be had.
  @inline(never)
  mutating func makeRoom(order: Int = 0, zone: Zone.Kind = .highMemory) -> Bool {
    counters.directReclaims &+= 1
    let missing = Int(watermarks.high) - frames.freeCount
    let freed = reclaim(max(Self.clusterCount, missing, 1 << order), zone: zone)
    log.add(.decided("no frame is free: \(freed) pages are taken away"))
    return freed > 0
  }
}
