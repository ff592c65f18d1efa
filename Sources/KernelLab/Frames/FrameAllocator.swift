public import PageTableEditing
public import PageTables

/// All frames of RAM: who has each, and the free ones in blocks of powers of two (`mm/page_alloc.c`).
///
/// Frames are named by their number, the physical address shifted. The allocator is deterministic: of equal
/// blocks the one that was freed last is given first, and of those never used the lowest.
public struct FrameAllocator: Sendable {
  /// The number of RAM's first frame.
  public let firstFrame: UInt64
  public let pageSizeBits: UInt8
  public internal(set) var zones: [Zone]
  var descriptors: [FrameDescriptor]
  /// What tables are allocated for, until the next change.
  var tableOwner: UInt32 = 0
  /// Tables that were allocated since somebody last looked.
  var newTables: [UInt64] = []
  /// Free frames that allocations other than the kernel's own leave (`min` watermark).
  public var reserveCount = 0
  /// Frames that the next allocations get, in this order, as long as they are free and the blocks fit.
  var chosen: [UInt64] = []
  /// What is allocated and freed, for those who watch.
  var journal = FrameJournal()

  /// - Parameter zones: ascending and adjacent; their frames are counted from RAM's first.
  init(firstFrame: UInt64, pageSizeBits: UInt8, zones: [Zone]) {
    self.firstFrame = firstFrame
    self.pageSizeBits = pageSizeBits
    self.zones = zones
    descriptors = [FrameDescriptor](repeating: .reserved, count: zones.last?.frames.upperBound ?? 0)
  }

  public var frameCount: Int { descriptors.count }
  public var freeCount: Int { zones.reduce(0) { $0 + $1.freeCount } }

  /// What is known of a frame; nil outside RAM.
  public func descriptor(of frame: UInt64) -> FrameDescriptor? {
    let place = frame &- firstFrame
    return place < UInt64(descriptors.count) ? descriptors[Int(place)] : nil
  }

  /// The descriptor of a frame of RAM.
  ///
  /// - Precondition: the frame is in RAM: it came from the allocator or from an entry that the lab wrote.
  subscript(frame: UInt64) -> FrameDescriptor {
    @inline(__always) get { descriptors[Int(truncatingIfNeeded: frame &- firstFrame)] }
    @inline(__always) _modify { yield &descriptors[Int(truncatingIfNeeded: frame &- firstFrame)] }
  }

  func isRAM(_ frame: UInt64) -> Bool { frame &- firstFrame < UInt64(descriptors.count) }

  // MARK: Allocating

  /// A block of 2^`order` frames from `zone` or, where that has none, from the zones below it; nil if there
  /// is none. Its first frame's number.
  mutating func allocate(
    order: Int = 0, zone: Zone.Kind = .highMemory, kind: FrameDescriptor.Kind, owner: UInt32 = 0,
    index: UInt64 = 0
  ) -> UInt64? {
    if !chosen.isEmpty, let frame = takeChosen(order: order, kind: kind, owner: owner, index: index) {
      return frame
    }
    var place = zones.count - 1
    while place >= 0 {
      if zones[place].kind.rawValue <= zone.rawValue, let frame = take(order: order, zone: place) {
        let first = Int(frame)
        descriptors[first] = FrameDescriptor(
          referenceCount: 1, mapCount: 0, kind: kind, order: UInt8(order), level: 0, flags: [], owner: owner,
          next: 0, index: index)
        var tail = 1
        while tail < 1 << order {
          descriptors[first + tail] = FrameDescriptor(
            referenceCount: 0, mapCount: 0, kind: kind, order: 0, level: 0, flags: .isTail, owner: owner,
            next: 0, index: index &+ UInt64(tail))
          tail += 1
        }
        if journal.isOn {
          journal.note(UInt64(frame) &+ firstFrame, order: order, kind: kind, isAllocated: true)
        }
        return UInt64(frame) &+ firstFrame
      }
      place -= 1
    }
    return nil
  }

  private mutating func takeChosen(
    order: Int, kind: FrameDescriptor.Kind, owner: UInt32, index: UInt64
  ) -> UInt64? {
    let frame = chosen.removeFirst()
    guard allocate(at: frame, order: order, kind: kind, owner: owner, index: index) else { return nil }
    if journal.isOn { journal.note(frame, order: order, kind: kind, isAllocated: true) }
    return frame
  }

  /// Gives a block back, whoever may still refer to it.
  mutating func free(_ frame: UInt64, order: Int) {
    let place = Int(truncatingIfNeeded: frame &- firstFrame)
    if journal.isOn { journal.note(frame, order: order, kind: descriptors[place].kind, isAllocated: false) }
    for index in place..<place + (1 << order) { descriptors[index].kind = .free }
    guard let zone = zones.firstIndex(where: { $0.frames.contains(place) }) else { return }
    release(place, order: order, zone: zone)
    zones[zone].freeCount += 1 << order
  }

  /// One user less; the frame is free when that was the last. True if it was.
  @discardableResult
  mutating func drop(_ frame: UInt64) -> Bool {
    self[frame].referenceCount -= 1
    guard self[frame].referenceCount == 0 else { return false }
    free(frame, order: Int(self[frame].order))
    return true
  }

  /// Makes the frames of a range available, in the largest blocks that fit; what is not made available stays
  /// reserved.
  mutating func makeAvailable(_ range: Range<Int>) {
    for zone in zones.indices {
      var place = max(range.lowerBound, zones[zone].frames.lowerBound)
      let end = min(range.upperBound, zones[zone].frames.upperBound)
      var blocks: [(place: Int, order: Int)] = []
      while place < end {
        var order = min(Zone.orderCount - 1, place == 0 ? Zone.orderCount - 1 : place.trailingZeroBitCount)
        while place + (1 << order) > end { order -= 1 }
        blocks.append((place, order))
        place += 1 << order
      }
      // The lowest are given first.
      for block in blocks.reversed() {
        for index in block.place..<block.place + (1 << block.order) {
          descriptors[index].kind = .free
          descriptors[index].referenceCount = 0
        }
        push(block.place, order: block.order, zone: zone)
        zones[zone].freeCount += 1 << block.order
      }
    }
  }

  // MARK: Free lists

  private mutating func take(order: Int, zone: Int) -> UInt32? {
    var size = order
    while size < Zone.orderCount {
      let head = zones[zone].heads[size]
      if head != Zone.none {
        remove(Int(head), order: size, zone: zone)
        // The upper halves go back.
        while size > order {
          size -= 1
          push(Int(head) + (1 << size), order: size, zone: zone)
        }
        zones[zone].freeCount -= 1 << order
        return head
      }
      size += 1
    }
    return nil
  }

  private mutating func release(_ place: Int, order: Int, zone: Int) {
    var place = place
    var order = order
    while order < Zone.orderCount - 1 {
      let buddy = place ^ (1 << order)
      guard zones[zone].frames.contains(buddy), buddy + (1 << order) <= zones[zone].frames.upperBound,
        descriptors[buddy].kind == .free, descriptors[buddy].level == Self.listed,
        descriptors[buddy].order == UInt8(order)
      else { break }
      remove(buddy, order: order, zone: zone)
      place = min(place, buddy)
      order += 1
    }
    push(place, order: order, zone: zone)
  }

  /// Marks the first frame of a block that is in a list.
  static var listed: UInt8 { 0xff }

  mutating func push(_ place: Int, order: Int, zone: Int) {
    let head = zones[zone].heads[order]
    descriptors[place] = FrameDescriptor(
      referenceCount: 0, mapCount: 0, kind: .free, order: UInt8(truncatingIfNeeded: order),
      level: Self.listed,
      flags: [], owner: 0, next: head, index: UInt64(Zone.none))
    if head != Zone.none { descriptors[Int(head)].index = UInt64(place) }
    zones[zone].heads[order] = UInt32(place)
  }

  mutating func remove(_ place: Int, order: Int, zone: Int) {
    let next = descriptors[place].next
    let previous = UInt32(truncatingIfNeeded: descriptors[place].index)
    descriptors[place].level = 0
    if next != Zone.none { descriptors[Int(next)].index = UInt64(previous) }
    if previous != Zone.none {
      descriptors[Int(previous)].next = next
    } else {
      zones[zone].heads[order] = next
    }
  }
}

/// Tables come from memory that the kernel maps linearly; whose they are, `tableOwner` says.
extension FrameAllocator: FrameSource {
  public mutating func allocate(sizeBits: UInt8) -> PhysicalAddress? {
    let order = max(0, Int(sizeBits) - Int(pageSizeBits))
    guard order < Zone.orderCount,
      let frame = allocate(order: order, zone: .normal, kind: .pageTable, owner: tableOwner)
    else { return nil }
    newTables.append(frame)
    return PhysicalAddress(frame &<< UInt64(pageSizeBits))
  }

  public mutating func free(_ address: PhysicalAddress, sizeBits: UInt8) {
    free(address.rawValue &>> UInt64(pageSizeBits), order: max(0, Int(sizeBits) - Int(pageSizeBits)))
  }
}
