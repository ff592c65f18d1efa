extension Machine {
  /// A new process with an empty address space.
  @discardableResult
  public mutating func spawn(_ command: String, parent: Int = 0) throws(MachineError) -> Task {
    let space = try makeSpace()
    let task = Task(pid: nextPID, command: command, parent: parent, space: space)
    tasks[task.pid] = task
    nextPID += 1
    return task
  }

  /// A new thread of the kernel: it has no address space, and borrows whatever is loaded.
  @discardableResult
  public mutating func spawnKernelThread(_ command: String) -> Task {
    let task = Task(pid: nextPID, command: command, parent: 2, space: nil)
    tasks[task.pid] = task
    nextPID += 1
    return task
  }

  public func task(_ pid: Int) throws(MachineError) -> Task {
    guard let task = tasks[pid] else { throw .noSuchTask(pid: pid) }
    return task
  }
}
