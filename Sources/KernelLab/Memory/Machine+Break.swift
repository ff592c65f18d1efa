extension Machine {
  /// Moves the end of the heap (`brk`); the end that holds afterwards: the old one if it cannot be moved.
  @discardableResult
  public mutating func brk(_ task: Task, to address: UInt64) -> UInt64 {
    guard let space = task.space else { return 0 }
    locks.acquire(.mmap(space.id), site: "brk")
    defer { locks.release(.mmap(space.id)) }
    let mask = pageByteCount &- 1
    let old = space.heapEnd
    guard address >= space.heapStart, address <= userEnd else { return old }
    let newPage = (address &+ mask) & ~mask
    let oldPage = (old &+ mask) & ~mask
    if newPage < oldPage {
      guard let area = space.firstArea(endingBehind: newPage), area.start < oldPage else { return old }
      unmap(newPage..<oldPage, of: space)
    } else if newPage > oldPage {
      // One page stays free below the next area, and its guard gap.
      let index = space.firstIndex(endingBehind: oldPage)
      if index < space.areas.count {
        let limit = space.gapTop(space.areas[index], rules: profile.areaRules)
        guard newPage &+ pageByteCount <= limit else { return old }
      }
      guard newPage <= userEnd else { return old }
      var flags: AreaFlags = [.read, .write, .accounted]
      // VM_DATA_DEFAULT_FLAGS (arch/arm64/include/asm/page.h, 6.1); mmap says so only on processors that tag.
      if profile.architecture == .arm64 { flags.insert(.mayBeTagged) }
      let plan = AreaPlan(
        start: oldPage, end: newPage, flags: flags, file: nil, pageOffset: oldPage &>> pageSizeBits)
      if space.merge(plan, withPreviousOnly: true, rules: profile.areaRules) == nil {
        space.insert(Area(start: oldPage, end: newPage, flags: flags, pageOffset: plan.pageOffset))
      }
      space.account(flags, pages: space.pageCount(newPage &- oldPage))
    }
    space.heapEnd = address
    return address
  }

  /// Where the heap begins, before anything is in it.
  public func setHeapStart(_ address: UInt64, of task: Task) {
    task.space?.heapStart = address
    task.space?.heapEnd = address
  }
}
