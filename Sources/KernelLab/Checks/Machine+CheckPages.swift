import PageTables

// What the check asks of swap and of huge pages.

extension Machine {
  /// A private page's number in its area is what its frame says: so it is found in all spaces.
  func checkPlace(
    of page: SpaceSurvey.Page, _ frame: UInt64, count: UInt64, in area: Area?, _ space: AddressSpace,
    _ check: inout MachineCheck
  ) {
    guard let area else { return }
    let number = area.page(at: page.address, pageSizeBits: pageSizeBits)
    for place in 0..<count {
      let index = frames.descriptor(of: frame &+ place)?.index
      if area.anonymousMap == nil || index != number &+ place {
        let address = page.address &+ place &<< pageSizeBits
        check.found.append(.reverseMap(space: space.id, address: address, frame: frame &+ place))
      }
    }
  }

  /// Each transparent huge page has a table deposited, and no other page has.
  func checkDeposits(of space: AddressSpace, _ survey: SpaceSurvey, _ check: inout MachineCheck) {
    var deposits = space.deposits
    var fixedCount = 0
    for page in survey.pages where page.depth == hugePageDepth && codec.isPresent(page.entry) {
      let isFixed = space.area(at: page.address)?.flags.contains(.fixedHugePages) ?? false
      if isFixed { fixedCount += 1 }
      if (deposits.removeValue(forKey: page.address) == nil) != isFixed {
        check.found.append(.deposit(space: space.id, address: page.address))
      }
    }
    for address in deposits.keys.sorted() { check.found.append(.deposit(space: space.id, address: address)) }
    if fixedCount != space.fixedHugeCount {
      check.found.append(.hugePagePool(counted: space.fixedHugeCount, found: fixedCount))
    }
  }

  /// Every slot counts those that name it, and the cache and the frames agree.
  func checkSwap(_ check: inout MachineCheck) {
    var users = check.swapUsers
    for file in reclaim.files.values { for slot in file.swapped.values { users[slot, default: 0] += 1 } }
    for type in swap.devices.indices {
      for (offset, slot) in (swap.devices[type]?.slots ?? [:]).sorted(by: { $0.key < $1.key }) {
        let found = users.removeValue(forKey: SwapSlot(type: type, offset: offset)) ?? 0
        if found != slot.count {
          check.found.append(.swapCount(type: type, offset: offset, counted: slot.count, found: found))
        }
      }
    }
    for (slot, found) in users {
      check.found.append(.swapCount(type: slot.type, offset: slot.offset, counted: 0, found: found))
    }
    for (slot, frame) in swap.cache.sorted(by: { $0.value < $1.value })
    where swap.slots[frame] != slot || frames.descriptor(of: frame)?.flags.contains(.inSwapCache) != true
      || swap.count(at: slot) == 0
    {
      check.found.append(.swapCache(frame: frame))
    }
    if swap.cache.count != swap.slots.count { check.found.append(.swapCache(frame: 0)) }
  }

  /// The pool's pages are free, or mapped, or a shared object's; promises are covered.
  func checkPool(_ check: inout MachineCheck) {
    guard hugePages.totalCount > 0 else { return }
    var found = hugePages.free.count
    for place in 0..<frames.frameCount {
      let descriptor = frames[frames.firstFrame &+ UInt64(place)]
      if descriptor.kind == .hugePage, descriptor.index == 0, descriptor.mapCount > 0 { found += 1 }
    }
    if found > hugePages.totalCount || hugePages.reservedCount > hugePages.free.count {
      check.found.append(.hugePagePool(counted: hugePages.totalCount, found: found))
    }
  }
}
