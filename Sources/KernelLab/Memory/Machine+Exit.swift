import PageTableEditing
import PageTables

extension Machine {
  /// Ends a process (`exit_mm`, `exit_mmap`): its areas, pages and tables go. The top table stays while a CPU
  /// has it loaded.
  public mutating func exit(_ task: Task) {
    guard !task.hasExited else { return }
    task.hasExited = true
    tasks[task.pid] = nil
    for cpu in cpus.indices where cpus[cpu].task === task { cpus[cpu].task = nil }
    guard let space = task.space else { return }
    task.space = nil
    space.userCount -= 1
    if space.userCount == 0 { discard(space) }
  }

  /// `exit_mmap`, and the top table as well if no CPU has it loaded.
  mutating func discard(_ space: AddressSpace) {
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
    space.holderCount -= 1
    freeTopTable(of: space)
  }

  /// Gives back the top table, and what was made with it, if nobody holds the space any more and no CPU has it
  /// loaded (`pgd_free`). A CPU that loads another one asks again.
  mutating func freeTopTable(of space: AddressSpace) {
    guard space.holderCount <= 0, !space.isFreed,
      !cpus.contains(where: { $0.activeSpace === space })
    else { return }
    space.isFreed = true
    // Tables that came with it (PAE, LPAE), and ARM's first.
    freeTables(0..<tableEnd, floor: 0, ceiling: .max, of: space)
    kernel.spaces.removeAll { $0.space === space }
    var roots: Set<UInt64> = []
    for root in [space.root] + (space.isolatedRoot.map { [$0] } ?? []) {
      roots.formUnion([root.lower.rawValue, root.upper.rawValue])
    }
    roots.subtract([kernel.root.lower.rawValue, kernel.root.upper.rawValue])
    for root in roots.sorted() {
      let frame = root &>> pageSizeBits
      guard frames.isRAM(frame), frames[frame].kind == .pageTable, !frames[frame].flags.contains(.isTail)
      else { continue }
      frames.free(frame, order: Int(frames[frame].order))
    }
  }

  /// Lets go of the space that a CPU has loaded, and loads the kernel's own table (`switch_mm` to `init_mm`).
  mutating func unloadSpace(cpu: Int) {
    guard let space = cpus[cpu].activeSpace else { return }
    cpus[cpu].activeSpace = nil
    cpus[cpu].root = kernel.root
    cpus[cpu].tlb.flushAll(includingGlobal: false)
    space.cpus.remove(cpu)
    freeTopTable(of: space)
  }

  /// The end of what a process's own tables serve: at most where the kernel's half begins.
  private var tableEnd: UInt64 {
    switch profile.kernelHalf {
    case .separateRoot: tableCeiling
    case .copied(let address), .privateTable(let address, _): min(address, tableCeiling)
    }
  }
}
