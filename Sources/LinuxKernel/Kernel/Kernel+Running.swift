public import PageTables

extension Kernel {
  /// Whether the process, which was found before, has that root at this moment: in the memory of a running system
  /// it may have exited, and its tables be somebody else's.
  public func stillHas(_ root: PageTableRoot, pid: Int) -> Bool {
    let reader = TaskReader(
      memory: memory, pointers: pointers, layout: layout, format: format, master: master?.value,
      idleNode: idleNode)
    return tasks.contains { task in
      task.tgid == pid && task.root == root
        && reader.task(at: task.physical).map { $0.pid == task.pid && $0.tgid == pid && $0.root == root }
          ?? false
    }
  }
}
