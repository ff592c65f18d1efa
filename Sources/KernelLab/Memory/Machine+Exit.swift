extension Machine {
  /// Ends a process (`exit_mm`, `exit_mmap`): its areas, pages and tables go. The top table stays while a CPU
  /// has it loaded.
  public mutating func exit(_ task: Task) {
    guard !task.hasExited else { return }
    task.hasExited = true
    tasks[task.pid] = nil
    detach(task)
    for cpu in cpus.indices where cpus[cpu].task === task { cpus[cpu].task = nil }
    guard let space = task.space else { return }
    task.space = nil
    space.userCount -= 1
    if space.userCount == 0 { discard(space) }
  }

  /// `exit_mmap`, and the top table as well if no CPU borrows it.
  mutating func discard(_ space: AddressSpace) {
    locks.acquire(.mmap(space.id), site: "exit_mmap")
    for area in space.areas {
      zap(area.start..<area.end, of: space)
      releaseReservations(of: area, space)
      area.unlinkChain()
      area.file?.areaCount -= 1
      releaseIfUnused(area.file)
    }
    space.areas = []
    space.usage = SpaceUsage()
    freeTables(0..<userEnd, floor: firstUserAddress, ceiling: tableCeiling, of: space)
    flush(0..<userEnd, of: space)
    locks.release(.mmap(space.id))
    dropHolder(of: space)
  }
}
