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

  public func task(_ pid: Int) throws(MachineError) -> Task {
    guard let task = tasks[pid] else { throw .noSuchTask(pid: pid) }
    return task
  }
}
