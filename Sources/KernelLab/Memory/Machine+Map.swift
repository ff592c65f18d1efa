import PageTables

extension Machine {
  /// The whole pages of a range given by a user, or nil if it is empty, misaligned or not a process's.
  func userRange(_ start: UInt64, _ byteCount: UInt64) -> Range<UInt64>? {
    let mask = pageByteCount &- 1
    let (rounded, wraps) = byteCount.addingReportingOverflow(mask)
    let length = rounded & ~mask
    guard start & mask == 0, !wraps, length > 0, start < userEnd, length <= userEnd &- start else {
      return nil
    }
    return start..<start &+ length
  }

  /// The first address behind a process's, in whole pages.
  var userEnd: UInt64 { profile.taskSize & ~(pageByteCount &- 1) }

  /// Nothing is mapped below, unless at a fixed address (`vm.mmap_min_addr`).
  private var lowestPlace: UInt64 { 0x1_0000 }

  /// Maps memory (`mmap`).
  ///
  /// - Parameters:
  ///   - rights: of `read`, `write` and `execute`.
  ///   - file: nil for anonymous memory; `flags` must agree.
  /// - Returns: the address, or a negative error number.
  @discardableResult
  public mutating func mmap(
    _ task: Task, at hint: UInt64 = 0, byteCount: UInt64, rights: AreaFlags, flags: MappingFlags,
    file: FileObject? = nil, byteOffset: UInt64 = 0
  ) -> Int64 {
    guard let space = task.space else { return SystemError.noProcess.result }
    locks.acquire(.mmap(space.id), site: "vm_mmap_pgoff")
    defer { locks.release(.mmap(space.id)) }
    let mask = pageByteCount &- 1
    guard byteCount != 0, byteOffset & mask == 0, flags.contains(.shared) != flags.contains(.private),
      flags.contains(.anonymous) || file != nil
    else { return SystemError.invalid.result }
    let (rounded, wraps) = byteCount.addingReportingOverflow(mask)
    let length = rounded & ~mask
    guard !wraps, length != 0, length <= userEnd else { return SystemError.noMemory.result }
    guard byteOffset &+ length >= byteOffset else { return SystemError.tooLarge.result }
    let isAnonymous = flags.contains(.anonymous)
    if flags.contains(.hugePages) {
      return mapFixedHugePages(task, at: hint, byteCount: byteCount, rights: rights, flags: flags, space)
    }
    let areaFlags = Self.areaFlags(rights, flags)
    let start: UInt64
    switch choosePlace(
      hint, length, flags, isPrivateAnonymous: isAnonymous && !flags.contains(.shared), space)
    {
    case .success(let address): start = address
    case .failure(let error): return error.result
    }
    guard !cutsFixedHugePage(start..<start &+ length, of: space) else { return SystemError.invalid.result }
    if areaFlags.contains(.growsDown), flags.contains(.shared) || !isAnonymous {
      return SystemError.invalid.result
    }
    if areaFlags.contains(.locked) { hasLockedMemory = true }
    unmap(start..<start &+ length, of: space)
    var object: FileObject?
    var pageOffset = start &>> pageSizeBits
    if !isAnonymous {
      object = file
      pageOffset = byteOffset &>> pageSizeBits
    } else if flags.contains(.shared) {
      // Every shared anonymous mapping is an object of its own.
      object = FileObject(name: "zero", kind: .sharedMemory, byteCount: length, isKept: false)
      pageOffset = 0
    }
    let plan = AreaPlan(
      start: start, end: start &+ length, flags: areaFlags, file: object, pageOffset: pageOffset)
    if space.merge(plan, isMap: true, rules: profile.areaRules) == nil {
      space.insert(
        Area(start: start, end: plan.end, flags: areaFlags, file: object, pageOffset: pageOffset))
    }
    space.account(areaFlags, pages: space.pageCount(length))
    if areaFlags.contains(.locked) { space.usage.lockedPages += space.pageCount(length) }
    let populates = flags.contains(.populate) && !flags.contains(.nonBlock)
    if populates || areaFlags.contains(.locked) {
      // `mm_populate` takes it anew, for reading.
      locks.downgrade(.mmap(space.id))
      populate(start..<plan.end, task: task, space: space, ignoresErrors: true)
    }
    return Int64(bitPattern: start)
  }

  static func areaFlags(_ rights: AreaFlags, _ flags: MappingFlags) -> AreaFlags {
    var result = rights.intersection(.anyAccess)
    if flags.contains(.shared) { result.insert(.shared) }
    if flags.contains(.growsDown) { result.insert(.growsDown) }
    if flags.contains(.locked) { result.insert(.locked) }
    if flags.contains(.noReserve) { result.insert(.noReserve) }
    // `accountable_mapping`
    if result.intersection([.noReserve, .shared, .write]) == .write { result.insert(.accounted) }
    return result
  }

  /// Where the new area goes.
  private func choosePlace(
    _ hint: UInt64, _ length: UInt64, _ flags: MappingFlags, isPrivateAnonymous: Bool, _ space: AddressSpace
  ) -> Result<UInt64, SystemError> {
    let mask = pageByteCount &- 1
    if flags.contains(.fixed) || flags.contains(.fixedNoReplace) {
      guard hint <= userEnd, length <= userEnd &- hint else { return .failure(.noMemory) }
      guard hint & mask == 0 else { return .failure(.invalid) }
      if flags.contains(.fixedNoReplace), let area = space.firstArea(endingBehind: hint),
        area.start < hint &+ length
      {
        return .failure(.exists)
      }
      return .success(hint)
    }
    if hint != 0, hint <= userEnd {
      let wanted = max((hint &+ mask) & ~mask, lowestPlace)
      if wanted <= userEnd, length <= userEnd &- wanted {
        let index = space.firstIndex(endingBehind: wanted)
        let isFree =
          index == space.areas.count
          || wanted &+ length <= space.gapTop(space.areas[index], rules: profile.areaRules)
        if isFree { return .success(wanted) }
      }
    }
    let address = space.place(
      length, below: profile.mmapBase, lowest: lowestPlace, aligns: isPrivateAnonymous && hint == 0,
      rules: profile.areaRules)
    return address.map { .success($0) } ?? .failure(.noMemory)
  }

  /// Removes whatever is mapped in a range (`munmap`).
  @discardableResult
  public mutating func munmap(_ task: Task, at start: UInt64, byteCount: UInt64) -> Int64 {
    guard let space = task.space else { return SystemError.noProcess.result }
    guard let range = userRange(start, byteCount), !cutsFixedHugePage(range, of: space) else {
      return SystemError.invalid.result
    }
    locks.acquire(.mmap(space.id), site: "__vm_munmap")
    unmap(range, of: space)
    locks.release(.mmap(space.id))
    return 0
  }

  /// Removes areas, pages, and the tables that nobody needs any more.
  mutating func unmap(_ range: Range<UInt64>, of space: AddressSpace) {
    locks.require(.mmap(space.id), site: "do_vmi_munmap")
    var index = space.firstIndex(endingBehind: range.lowerBound)
    guard index < space.areas.count, space.areas[index].start < range.upperBound else { return }
    if space.areas[index].start < range.lowerBound {
      space.split(space.areas[index], at: range.lowerBound)
      index += 1
    }
    let first = max(range.lowerBound, space.areas[index].start)
    var last = first
    while index < space.areas.count, space.areas[index].start < range.upperBound {
      let area = space.areas[index]
      if area.end > range.upperBound { space.split(area, at: range.upperBound) }
      let part = area.start..<area.end
      zap(part, of: space)
      let pages = space.pageCount(area.byteCount)
      space.account(area.flags, pages: -pages)
      if area.flags.contains(.locked) { space.usage.lockedPages -= pages }
      last = part.upperBound
      releaseReservations(of: area, space)
      space.remove(area)
      releaseIfUnused(area.file)
    }
    let floor = index > 0 ? space.areas[index - 1].end : firstUserAddress
    let ceiling = index < space.areas.count ? space.areas[index].start : tableCeiling
    // All parts at once: a table goes only after those that it names.
    freeTables(first..<last, floor: floor, ceiling: ceiling, of: space)
  }
}
