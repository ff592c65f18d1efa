import KernelOracle

extension ProgramGenerator {
  /// Pages that may be used, mostly; sometimes those below an area that grows down.
  mutating func touch(_ access: MemoryOperation.Access, _ areas: [Area]) -> MemoryOperation.Action {
    var page = page(areas, inArea: 0.97)
    let growing = random.happens(0.25) ? areas.filter { $0.flags.contains(.growsDown) } : []
    if !growing.isEmpty {
      let area = random.one(of: growing)
      let count = area.byteCount >> pageBits
      // As far as the limit allows, and one page further.
      let rest = stackLimit > count ? stackLimit - count : 1
      let below = random.one(of: [1, 1, 2, 5, 30, 255, 256, 257, 300, 2000, 2100, rest, rest + 1])
      let start = area.start >> pageBits
      page = max(lowest, start > below ? start - below : 0)
    } else if random.happens(0.75) {
      let wanted: AreaFlags = access == .write ? .write : .anyAccess
      let usable = areas.filter { area in
        area.flags.intersects(wanted)
          && (area.file.map { area.pageOffset << pageBits < $0.byteCount } ?? true)
      }
      if !usable.isEmpty {
        let area = random.one(of: usable)
        let start = area.start >> pageBits
        let count = area.byteCount >> pageBits
        page =
          start
          + random.one(of: [
            0, count - 1, min(count - 1, random.number(below: 24)), random.number(below: count),
            min(count - 1, tablePages * random.number(below: 5)),
          ])
        if let file = area.file {
          let last = file.byteCount >> pageBits
          let shown = last > area.pageOffset ? last - area.pageOffset : 0
          let back = random.number(below: 2)
          page = min(page, start + (shown > back ? shown - back : 0))
        }
      }
    }
    let count = page + 8 < highest ? random.one(of: [1, 1, 1, 2, 3, 8]) : 1
    return .touch(access, address: page << pageBits, pages: count)
  }

  mutating func map(_ areas: [Area], _ runner: borrowing LabRunner) -> MemoryOperation.Action {
    let count: UInt64 =
      random.happens(0.85)
      ? random.one(of: [1, 2, 3, 4, 6, 8, 16, 24])
      : random.one(of: [tablePages, 2 * tablePages, tablePages + 8, 4 * tablePages])
    var flags: MapFlags = .anonymous
    var file: Int?
    var offset: UInt64 = 0
    if random.happens(0.3) {
      flags = []
      file = self.file()
      offset = random.one(of: [0, 0, 1, 2, 5])
    }
    flags.insert(random.happens(0.35) ? .shared : .private)
    let protection = Protection(rawValue: random.one(of: [3, 3, 3, 3, 1, 0, 2, 7] as [UInt32]))
    var page: UInt64 = 0
    if random.happens(0.85) {
      flags.insert(.fixed)
      page = random.happens(0.6) ? spot() : self.page(areas, inArea: 0.9)
      if random.happens(0.1) {
        flags.remove(.fixed)
        flags.insert(.fixedNoReplace)
      } else if random.happens(0.3), !areas.isEmpty {
        // Next to an area, to provoke merging.
        let area = random.one(of: areas)
        let isBehind = random.happens(0.5)
        let start = area.start >> pageBits
        page = isBehind ? area.end >> pageBits : (start > count ? start - count : 0)
        if isBehind, let object = area.file, let number = runner.files.firstIndex(where: { $0 === object }),
          random.happens(0.8)
        {
          flags.subtract([.anonymous, .shared, .private])
          flags.insert(area.flags.contains(.shared) ? .shared : .private)
          file = number
          offset = area.pageOffset + area.byteCount >> pageBits
        }
      }
      if page < lowest || page + count > placeTop { page = spot() }
    }
    if random.happens(0.15) { flags.insert(.populate) }
    if random.happens(0.1) { flags.insert(.noReserve) }
    if random.happens(0.05) { flags.insert(.locked) }
    if flags.contains([.anonymous, .private]), random.happens(0.15) { flags.insert(.growsDown) }
    return .map(
      address: page << pageBits, lengthBytes: count << pageBits, protection, flags, file: file,
      offsetBytes: offset << pageBits)
  }

  mutating func remap(_ areas: [Area]) -> MemoryOperation.Action {
    let page = page(areas, inArea: 0.95)
    var old = max(1, count(areas, from: page))
    if let area = areas.first(where: { $0.contains(page << pageBits) }), random.happens(0.85) {
      old = min(old, area.end >> pageBits - page)
    }
    var new = old
    if random.happens(0.5) {
      let change = random.one(of: [-1, 1, 2, -2, 8, Int64(tablePages)])
      new = UInt64(max(1, Int64(old) + change))
    }
    let choice = random.number(below: 10)
    func action(_ flags: RemapFlags, _ new: UInt64, to target: UInt64) -> MemoryOperation.Action {
      .remap(
        address: page << pageBits, oldLengthBytes: old << pageBits, newLengthBytes: new << pageBits, flags,
        newAddress: target << pageBits)
    }
    if choice < 3 { return action(.mayMove, new, to: 0) }
    if choice < 4 { return action([], new, to: 0) }
    var target = random.happens(0.7) ? spot() : self.page(areas)
    if random.happens(0.4) { target = target & ~(tablePages - 1) + page & (tablePages - 1) }
    target = max(target, lowest)
    if target + new > placeTop { target = spot() }
    if choice < 5 { return action([.mayMove, .fixed, .dontUnmap], old, to: target) }
    return action([.mayMove, .fixed], new, to: target)
  }
}
