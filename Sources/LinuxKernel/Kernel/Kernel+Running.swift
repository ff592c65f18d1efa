public import PageTables

extension Kernel {
  /// Whether the process, which was found before, has that root at this moment: in the memory of a running system
  /// it may have exited, and its tables be somebody else's.
  ///
  /// - Complexity: a few words are read.
  public func stillHas(_ root: PageTableRoot, pid: Int) -> Bool {
    let reader = TaskReader(
      memory: memory, pointers: pointers, layout: layout, format: format, master: master?.value,
      idleNode: idleNode)
    return tasks.contains { task in
      guard task.tgid == pid, task.root == root,
        reader.load32(task.physical, "task_struct.pid") == UInt64(task.pid),
        let descriptor = reader.load(task.physical, "task_struct.mm").flatMap({
          pointers.physical(of: $0, in: memory)
        }), let pointer = reader.load(descriptor, "mm_struct.pgd")
      else { return false }
      return pointers.target(of: pointer, in: memory) == root.lower
    }
  }
}
