import PageTables

// mremap by era (mm/mremap.c of 6.18; of 6.1 and 6.12 where `AreaRules.movesSeveralAreas` is off).

/// What mremap was asked for, in whole pages.
struct MoveRequest {
  var source: UInt64
  var oldLength: UInt64
  var newLength: UInt64
  var flags: MoveFlags
  var target: UInt64
}

extension Machine {
  /// Moves or resizes a mapping (`mremap`). The new address, or a negative error number.
  @discardableResult
  public mutating func mremap(
    _ task: Task, at address: UInt64, oldByteCount: UInt64, newByteCount: UInt64, flags: MoveFlags,
    to newAddress: UInt64 = 0
  ) -> Int64 {
    guard let space = task.space else { return SystemError.noProcess.result }
    let invalid = SystemError.invalid.result
    locks.acquire(.mmap(space.id), site: "mremap")
    defer { locks.release(.mmap(space.id)) }
    let mask = pageByteCount &- 1
    guard flags.subtracting([.mayMove, .fixed, .dontUnmap]).isEmpty,
      !flags.contains(.fixed) || flags.contains(.mayMove),
      !flags.contains(.dontUnmap) || flags.contains(.mayMove) && oldByteCount == newByteCount,
      address & mask == 0, oldByteCount <= userEnd, newByteCount <= userEnd
    else { return invalid }
    let request = MoveRequest(
      source: address, oldLength: (oldByteCount &+ mask) & ~mask, newLength: (newByteCount &+ mask) & ~mask,
      flags: flags, target: newAddress)
    guard request.newLength != 0 else { return invalid }
    guard address <= userEnd, request.oldLength <= userEnd &- address else {
      return SystemError.badAddress.result
    }
    let area = space.area(at: address)
    if !profile.areaRules.movesSeveralAreas, area == nil { return SystemError.badAddress.result }
    if flags.contains(.fixed) {
      guard newAddress & mask == 0, newAddress <= userEnd, request.newLength <= userEnd &- newAddress else {
        return invalid
      }
      if newAddress &+ request.newLength > address, address &+ request.oldLength > newAddress {
        return invalid
      }
    }
    let ranges = [address..<address &+ request.oldLength, newAddress..<newAddress &+ request.newLength]
    if space.hasFixedHugeAreas(in: ranges[0]) { return invalid }
    if flags.contains(.fixed), cutsFixedHugePage(ranges[1], of: space) { return invalid }
    if flags.contains(.fixed) || flags.contains(.dontUnmap) { return move(request, task, space) }
    guard let area else { return SystemError.badAddress.result }
    return resize(request, area, task, space)
  }

  /// Without a place given: shrinks, grows in place, or moves to where there is room.
  private mutating func resize(
    _ request: MoveRequest, _ area: Area, _ task: Task, _ space: AddressSpace
  ) -> Int64 {
    let source = request.source
    if request.oldLength >= request.newLength {
      if request.oldLength > request.newLength {
        unmap(source &+ request.newLength..<source &+ request.oldLength, of: space)
      }
      return Int64(bitPattern: source)
    }
    if request.oldLength == 0, !area.flags.contains(.shared) { return SystemError.invalid.result }
    guard request.oldLength <= area.end &- source else { return SystemError.badAddress.result }
    let growth = request.newLength &- request.oldLength
    if request.oldLength > 0, area.end &- source == request.oldLength, growth <= userEnd &- area.end {
      let index = space.index(of: area)
      if index + 1 == space.areas.count || space.areas[index + 1].start >= area.end &+ growth {
        return grow(area, by: growth, task, space, at: source)
      }
    }
    guard request.flags.contains(.mayMove) else { return SystemError.noMemory.result }
    guard let target = place(request.newLength, for: area, in: space) else {
      return SystemError.noMemory.result
    }
    return copyArea(area, request, to: target, task, space)
  }

  private mutating func grow(
    _ area: Area, by growth: UInt64, _ task: Task, _ space: AddressSpace, at source: UInt64
  ) -> Int64 {
    let end = area.end
    let flags = area.flags
    space.extend(area, to: end &+ growth, rules: profile.areaRules)
    space.account(flags, pages: space.pageCount(growth))
    if flags.contains(.locked) {
      space.usage.lockedPages += space.pageCount(growth)
      locks.downgrade(.mmap(space.id))
      populate(end..<end &+ growth, task: task, space: space, ignoresErrors: true)
    }
    return Int64(bitPattern: source)
  }

  private func place(_ byteCount: UInt64, for area: Area, in space: AddressSpace) -> UInt64? {
    space.place(
      byteCount, below: profile.mmapBase, lowest: 0x1_0000, aligns: area.file == nil, rules: profile.areaRules
    )
  }

  /// With a place given, or with the old range staying mapped (`mremap_to`).
  private mutating func move(_ request: MoveRequest, _ task: Task, _ space: AddressSpace) -> Int64 {
    var request = request
    let source = request.source
    let isFixed = request.flags.contains(.fixed)
    let checksFirst = profile.areaRules.movesSeveralAreas
    if !checksFirst { clearWay(&request, space) }
    guard let found = space.area(at: source) else { return SystemError.badAddress.result }
    if request.oldLength == 0, !found.flags.contains(.shared) { return SystemError.invalid.result }
    if checksFirst, isFixed, request.oldLength == request.newLength {
      return moveSeveral(request, task, space)
    }
    guard min(request.oldLength, request.newLength) <= found.end &- source else {
      return SystemError.badAddress.result
    }
    if checksFirst { clearWay(&request, space) }
    if !isFixed {
      guard let target = place(request.newLength, for: found, in: space) else {
        return SystemError.noMemory.result
      }
      request.target = target
    }
    guard let area = space.area(at: source) else { return SystemError.badAddress.result }
    return copyArea(area, request, to: request.target, task, space)
  }

  /// Unmaps what is at the target, and the end of the source that is not wanted any more.
  private mutating func clearWay(_ request: inout MoveRequest, _ space: AddressSpace) {
    if request.flags.contains(.fixed) {
      unmap(request.target..<request.target &+ request.newLength, of: space)
    }
    if request.oldLength > request.newLength {
      unmap(request.source &+ request.newLength..<request.source &+ request.oldLength, of: space)
      request.oldLength = request.newLength
    }
  }

  /// A range of several areas, with holes: each is moved by itself, and only its own target is unmapped
  /// (`remap_move`, 6.17).
  private mutating func moveSeveral(_ request: MoveRequest, _ task: Task, _ space: AddressSpace) -> Int64 {
    let end = request.source &+ request.oldLength
    var address = request.source
    var target = request.target
    var lastEnd: UInt64?
    var result = SystemError.badAddress.result
    while address < end, let area = space.firstArea(endingBehind: address), area.start < end {
      let start = max(address, area.start)
      let length = min(end, area.end) &- start
      let areaEnd = area.end
      let place = target &+ (lastEnd.map { area.start &- $0 } ?? 0)
      lastEnd = areaEnd
      unmap(place..<place &+ length, of: space)
      guard let moved = space.area(at: start) else { break }
      let part = MoveRequest(
        source: start, oldLength: length, newLength: length, flags: request.flags, target: place)
      let answer = copyArea(moved, part, to: place, task, space)
      if answer < 0 { return answer }
      if result < 0 { result = answer }
      target = place &+ length
      address = areaEnd
    }
    return result
  }

  /// Makes the area at the target, moves tables and entries there, and removes the old one (`move_vma`).
  private mutating func copyArea(
    _ area: Area, _ request: MoveRequest, to target: UInt64, _ task: Task, _ space: AddressSpace
  ) -> Int64 {
    let source = request.source
    let flags = area.flags
    let rules = profile.areaRules
    let keepsSource = request.flags.contains(.dontUnmap)
    let isUnused = area.file == nil && area.anonymousMap == nil
    let plan = AreaPlan(
      start: target, end: target &+ request.newLength, flags: flags, file: area.file,
      pageOffset: isUnused ? target &>> pageSizeBits : area.page(at: source, pageSizeBits: pageSizeBits))
    let new: Area
    let merged = space.merge(
      plan, source: area, except: keepsSource && rules.separatesMoved ? area : nil, rules: rules)
    if let merged {
      new = merged
    } else {
      new = Area(start: plan.start, end: plan.end, flags: flags, file: area.file, pageOffset: plan.pageOffset)
      new.anonymousMap = area.anonymousMap
      new.cloneChain(of: area)
      space.insert(new)
    }
    let isMoved = moveEntries(source..<source &+ request.oldLength, to: target, from: area, into: new, space)
    let pages = space.pageCount(request.newLength)
    if flags.contains(.locked), rules.countsMovedLockTwice || !keepsSource {
      space.usage.lockedPages += pages
    }
    space.account(flags, pages: pages)
    guard isMoved else {
      // No frame for a table: what was moved goes back, and the new area goes (`copy_vma_and_data`).
      _ = moveEntries(target..<target &+ request.oldLength, to: source, from: new, into: area, space)
      unmap(target..<target &+ request.newLength, of: space)
      return SystemError.noMemory.result
    }
    if keepsSource {
      leave(area, new, source..<source &+ request.oldLength, space)
    } else {
      unmap(source..<source &+ request.oldLength, of: space)
    }
    if flags.contains(.locked), request.newLength > request.oldLength {
      locks.downgrade(.mmap(space.id))
      populate(
        target &+ request.oldLength..<target &+ request.newLength, task: task, space: space,
        ignoresErrors: true)
    }
    return Int64(bitPattern: target)
  }

  /// MREMAP_DONTUNMAP: the old area stays, empty where it was moved, and it is locked no more: all of it (`move_vma`,
  /// 6.1; `dontunmap_complete`, 6.18), or that part (7.2). VmLck goes on counting it; but for 6.18 it does not count
  /// the new one.
  private func leave(_ area: Area, _ new: Area, _ part: Range<UInt64>, _ space: AddressSpace) {
    var area = area
    let unlocked = area.flags.subtracting([.locked, .lockedOnFault])
    if unlocked != area.flags, profile.areaRules.unlocksMovedPart {
      area = space.modify(area, part, flags: unlocked, rules: profile.areaRules)
    } else {
      area.flags = unlocked
    }
    if new !== area, part == area.start..<area.end { area.unlinkChain() }
  }
}
