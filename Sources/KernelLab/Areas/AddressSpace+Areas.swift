extension AddressSpace {
  /// The place of the first area that ends behind `address`; the number of areas if there is none.
  @inline(__always)
  func firstIndex(endingBehind address: UInt64) -> Int { Self.firstIndex(in: areas, endingBehind: address) }

  /// The first area that ends behind `address` (`find_vma`): it need not contain it.
  func firstArea(endingBehind address: UInt64) -> Area? {
    let areas = areas
    let index = Self.firstIndex(in: areas, endingBehind: address)
    return index < areas.count ? areas[index] : nil
  }

  /// Of a list that was read once, and not anew for each step.
  @inline(__always)
  private static func firstIndex(in areas: [Area], endingBehind address: UInt64) -> Int {
    var low = 0
    var high = areas.count
    while low < high {
      let middle = (low &+ high) &>> 1
      if areas[middle].end > address { high = middle } else { low = middle &+ 1 }
    }
    return low
  }

  /// The area that contains `address` (`vma_lookup`).
  public func area(at address: UInt64) -> Area? {
    guard let area = firstArea(endingBehind: address), area.start <= address else { return nil }
    return area
  }

  /// The place of an area that is in the list.
  func index(of area: Area) -> Int { firstIndex(endingBehind: area.start) }

  func insert(_ area: Area) { areas.insert(area, at: firstIndex(endingBehind: area.start)) }

  /// Takes an area off the list and lets go of its maps and its file.
  func remove(_ area: Area) {
    areas.remove(at: index(of: area))
    area.unlinkChain()
    area.file?.areaCount -= 1
  }

  /// Counts `pages` more pages of areas with these properties, fewer if negative (`vm_stat_account`, 6.1,
  /// `mm/mmap.c`).
  func account(_ flags: AreaFlags, pages: Int64) {
    usage.totalPages += pages
    if flags.intersection([.write, .shared, .growsDown]) == .write { usage.dataPages += pages }
  }

  /// Pages of a stretch of addresses, to be counted.
  func pageCount(_ byteCount: UInt64) -> Int64 { Int64(truncatingIfNeeded: byteCount &>> pageSizeBits) }

  /// Cuts an area in two at `address`: it keeps the lower part, the upper one is new (`__split_vma`).
  @discardableResult
  func split(_ area: Area, at address: UInt64) -> Area {
    let upper = area.duplicate()
    upper.start = address
    upper.pageOffset = area.page(at: address, pageSizeBits: pageSizeBits)
    upper.cloneChain(of: area)
    area.end = address
    areas.insert(upper, at: index(of: area) + 1)
    return upper
  }

  /// Sees to it that an area has a map to put its first anonymous page into (`anon_vma_prepare`): that of a
  /// neighbour which could have been one area with it but for the rights, or a new one.
  func prepareAnonymousMap(of area: Area) {
    guard area.anonymousMap == nil else { return }
    let index = index(of: area)
    if index + 1 < areas.count,
      let map = reusableMap(of: areas[index + 1], lower: area, upper: areas[index + 1])
    {
      return area.link(map)
    }
    if index > 0, let map = reusableMap(of: areas[index - 1], lower: areas[index - 1], upper: area) {
      return area.link(map)
    }
    anonymousMapCount &+= 1
    let map = AnonymousMap(rootNumber: UInt64(id) << 32 | UInt64(anonymousMapCount))
    map.childCount = 1
    area.link(map)
  }

  /// The map of `owner`, one of two neighbours, if the other may use it (`reusable_anon_vma`, 6.1,
  /// `mm/mmap.c`): rights do not matter, forks do.
  private func reusableMap(of owner: Area, lower: Area, upper: Area) -> AnonymousMap? {
    guard lower.end == upper.start, lower.file === upper.file,
      lower.flags.subtracting(.anyAccess) == upper.flags.subtracting(.anyAccess),
      upper.pageOffset == lower.page(at: upper.start, pageSizeBits: pageSizeBits), owner.chain.count == 1
    else { return nil }
    return owner.anonymousMap
  }
}
