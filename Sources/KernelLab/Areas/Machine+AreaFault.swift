import PageTables

extension Machine {
  /// A fault at a process's address: finds the area, checks the access, brings the page
  /// (`do_user_addr_fault`; the order of the checks was found by running random programs on 6.1 to 6.18).
  mutating func resolveUserFault(_ fault: PageFault, task: Task, space: AddressSpace) -> FaultResolution {
    guard locks.isChecking else { return recover(bringUserPage(fault, task: task, space: space), task) }
    let lock = faultLock(at: fault.access.address, isWrite: fault.access.kind == .write, in: space)
    locks.acquire(lock, isShared: true, site: "do_user_addr_fault")
    let resolution = bringUserPage(fault, task: task, space: space)
    locks.release(lock, site: "do_user_addr_fault")
    return recover(resolution, task)
  }

  /// Memory ran out: only after the locks are given back somebody is ended (`pagefault_out_of_memory`).
  @inline(__always)
  private mutating func recover(_ resolution: FaultResolution, _ task: Task) -> FaultResolution {
    guard case .outOfMemory = resolution else { return resolution }
    return recoversFromOutOfMemory(task) ? .retry : .outOfMemory
  }

  private mutating func bringUserPage(
    _ fault: PageFault, task: Task, space: AddressSpace
  ) -> FaultResolution {
    let address = fault.access.address
    func segmentationFault(_ code: Signal.Code) -> FaultResolution {
      .signal(Signal(number: .segmentationFault, code: code, address: address))
    }
    guard let area = space.firstArea(endingBehind: address) else {
      log.add(.decided("no area lies at or behind the address"))
      return segmentationFault(.notMapped)
    }
    if area.start > address {
      guard area.flags.contains(.growsDown), grow(area, downTo: address & ~(pageByteCount - 1), in: space)
      else {
        log.add(.decided("no area holds the address"))
        return segmentationFault(.notMapped)
      }
      log.add(.decided("the area above grows down to the address"))
    }
    log.add(.decided("area \(area.text)"))
    guard Self.allows(fault.access.kind, area.flags) else {
      log.add(.decided("the area forbids it"))
      return segmentationFault(.forbidden)
    }
    let result = handleFault(in: area, at: address, isWrite: fault.access.kind == .write, space: space)
    switch count(result, for: task) {
    case .minor, .major: return .retry
    case .outOfMemory: return .outOfMemory
    case .beyondFile:
      let isPool = area.flags.contains(.fixedHugePages)
      log.add(.decided(isPool ? "the pool has no huge page left" : "the file has no such page"))
      return .signal(Signal(number: .bus, code: .forbidden, address: address))
    }
  }

  /// Whether an area with these properties allows an access (`access_error`, arch/x86/mm/fault.c): memory that
  /// may only be written or executed can be read.
  @inline(__always)
  private static func allows(_ kind: MemoryAccess.Kind, _ flags: AreaFlags) -> Bool {
    switch kind {
    case .read: flags.intersects(.anyAccess)
    case .write: flags.contains(.write)
    case .execute: flags.contains(.execute)
    }
  }

  /// Counts a fault that was handled; one that ends in a signal is not counted.
  @inline(__always)
  @discardableResult
  mutating func count(_ result: AreaFault, for task: Task) -> AreaFault {
    switch result {
    case .minor:
      task.minorFaultCount &+= 1
      counters.minorFaults &+= 1
    case .major:
      task.majorFaultCount &+= 1
      counters.majorFaults &+= 1
    case .beyondFile, .outOfMemory: break
    }
    return result
  }

  /// Lets an area grow down to a page below it (`expand_downwards`): not nearer to the accessible area below
  /// than the guard gap, and not beyond the stack's limit. Locked areas are not populated.
  private mutating func grow(_ area: Area, downTo address: UInt64, in space: AddressSpace) -> Bool {
    let rules = profile.areaRules
    let index = space.index(of: area)
    let previous = index > 0 ? space.areas[index - 1] : nil
    let end = previous?.end ?? 0
    guard address >= end else { return false }
    if previous.map({ !$0.flags.contains(.growsDown) && $0.flags.intersects(.anyAccess) }) ?? true,
      (address &- end) &>> pageSizeBits < rules.stackGapPages
    {
      return false
    }
    // The map is made before the limit is checked.
    prepareAnonymousMap(of: area, in: space)
    guard (area.end &- address) &>> pageSizeBits <= rules.stackLimitPages else { return false }
    let pages = (area.start &- address) &>> pageSizeBits
    if pages <= area.pageOffset {
      if area.flags.contains(.locked) { space.usage.lockedPages += Int64(pages) }
      space.account(area.flags, pages: Int64(pages))
      area.start = address
      area.pageOffset -= pages
    }
    return true
  }
}
