import PageTables

extension Machine {
  /// How bad it is that a task has its memory (`oom_badness`, `mm/oom_kill.c`, 5.10 to 6.18): its pages, its
  /// swapped pages and its page tables, in pages, and the adjustment in thousandths of all memory. Nil: it is
  /// immune, or a thread of the kernel.
  ///
  /// The first process is one as all others here; Linux never ends it.
  public func badness(of task: Task) -> Int64? {
    guard let space = task.space, !task.hasExited, task.badnessAdjustment > -1000 else { return nil }
    let total = Int64(profile.ramByteCount &>> pageSizeBits) + Int64(swap.slotCount)
    let tables = Int64(pageTableByteCount(of: space) &>> pageSizeBits)
    let pages = residentPages(of: space) + space.usage.swappedPages + tables
    return pages + Int64(task.badnessAdjustment) * (total / 1000)
  }

  private func residentPages(of space: AddressSpace) -> Int64 {
    space.usage.anonymousPages + space.usage.filePages + space.usage.sharedMemoryPages
  }

  /// Sets `oom_score_adj`: -1000 (immune) to 1000.
  @discardableResult
  public func adjustBadness(of task: Task, by adjustment: Int) -> Int64 {
    guard adjustment >= -1000, adjustment <= 1000 else { return SystemError.invalid.result }
    task.badnessAdjustment = adjustment
    return 0
  }

  /// Ends the process with the highest badness, and all that share its memory (`out_of_memory`); whom. Nil if
  /// everybody is immune.
  @discardableResult
  mutating func endWorst() -> OutOfMemoryEvent {
    var scores: [OutOfMemoryEvent.Score] = []
    var worst: (task: Task, badness: Int64)?
    for (pid, task) in tasks.sorted(by: { $0.key < $1.key }) {
      guard let space = task.space else { continue }
      let badness = badness(of: task)
      scores.append(
        OutOfMemoryEvent.Score(
          pid: pid, command: task.command, residentPages: residentPages(of: space),
          swappedPages: space.usage.swappedPages, tableByteCount: pageTableByteCount(of: space),
          adjustment: task.badnessAdjustment, badness: badness))
      if let badness, badness > worst?.badness ?? .min { worst = (task, badness) }
    }
    let event = OutOfMemoryEvent(victim: worst?.task.pid, scores: scores)
    if reclaim.outOfMemoryEvents.count >= ReclaimState.eventLimit { reclaim.outOfMemoryEvents.removeFirst() }
    reclaim.outOfMemoryEvents.append(event)
    log.add(.decided(event.description))
    guard let victim = worst?.task else { return event }
    counters.outOfMemoryKills &+= 1
    let space = victim.space
    for (_, task) in tasks.sorted(by: { $0.key < $1.key }) where task.space === space { exit(task) }
    return event
  }

  /// After a fault or a system call of `task` found no frame: ends the worst process. True if the task itself
  /// still is, and somebody's memory became free: it tries again.
  mutating func recoversFromOutOfMemory(_ task: Task) -> Bool {
    endWorst().victim != nil && !task.hasExited
  }
}
