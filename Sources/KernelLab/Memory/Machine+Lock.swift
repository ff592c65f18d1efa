import PageTables

extension Machine {
  /// Locks a range's pages in memory and brings them (`mlock`; with `onFault` what `mlock2` does with
  /// MLOCK_ONFAULT: nothing is brought).
  @discardableResult
  public mutating func mlock(
    _ task: Task, at start: UInt64, byteCount: UInt64, onFault: Bool = false
  ) -> Int64 {
    guard let space = task.space else { return SystemError.noProcess.result }
    hasLockedMemory = true
    guard let range = lockedRange(start, byteCount) else { return SystemError.invalid.result }
    locks.acquire(.mmap(space.id), site: "do_mlock")
    defer { locks.release(.mmap(space.id)) }
    let error = setLock(range, to: onFault ? [.locked, .lockedOnFault] : .locked, in: space)
    guard error == 0, !range.isEmpty else { return error }
    locks.downgrade(.mmap(space.id))
    let result = populate(range, task: task, space: space, ignoresErrors: false)
    return result == SystemError.badAddress.result ? SystemError.noMemory.result : result
  }

  @discardableResult
  public mutating func munlock(_ task: Task, at start: UInt64, byteCount: UInt64) -> Int64 {
    guard let space = task.space else { return SystemError.noProcess.result }
    guard let range = lockedRange(start, byteCount) else { return SystemError.invalid.result }
    locks.acquire(.mmap(space.id), site: "munlock")
    defer { locks.release(.mmap(space.id)) }
    return setLock(range, to: [], in: space)
  }

  /// The pages that a range meets, or nil if it wraps.
  private func lockedRange(_ start: UInt64, _ byteCount: UInt64) -> Range<UInt64>? {
    let mask = pageByteCount &- 1
    let first = start & ~mask
    let (length, wraps) = (start & mask).addingReportingOverflow(byteCount)
    let (rounded, wrapsToo) = length.addingReportingOverflow(mask)
    let (end, wrapsLast) = first.addingReportingOverflow(rounded & ~mask)
    guard !wraps, !wrapsToo, !wrapsLast else { return nil }
    return first..<end
  }

  /// `apply_vma_lock_flags`: what lies before a hole stays changed.
  private mutating func setLock(_ range: Range<UInt64>, to lock: AreaFlags, in space: AddressSpace) -> Int64 {
    guard !range.isEmpty else { return 0 }
    guard !cutsFixedHugePage(range, of: space) else { return SystemError.invalid.result }
    var address = range.lowerBound
    while address < range.upperBound {
      guard let area = space.firstArea(endingBehind: address), area.start <= address else {
        return SystemError.noMemory.result
      }
      let part = address..<min(area.end, range.upperBound)
      let old = area.flags
      let new = old.subtracting([.locked, .lockedOnFault]).union(lock)
      if new != old {
        splitLarge(atEdgesOf: part, of: space)
        space.modify(area, part, flags: new, rules: profile.areaRules)
        let pages = space.pageCount(part.upperBound &- part.lowerBound)
        if new.contains(.locked), !old.contains(.locked) { space.usage.lockedPages += pages }
        if old.contains(.locked), !new.contains(.locked) { space.usage.lockedPages -= pages }
      }
      address = part.upperBound
    }
    return 0
  }
}
