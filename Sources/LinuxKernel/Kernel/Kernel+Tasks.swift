import PageTables

extension Kernel {
  /// Reads the tasks at the given places of the list, and their threads.
  mutating func readTasks(_ nodes: [PhysicalAddress]) {
    guard let listAt = layout["task_struct.tasks"] else { return }
    let reader = TaskReader(
      memory: memory, pointers: pointers, layout: layout, format: format, master: master?.value)
    var tasks = nodes.compactMap { reader.task(at: $0.offset(by: -listAt)) }
    tasks += ThreadSearch(reader: reader).threads(of: tasks)
    tasks.sort { ($0.tgid, $0.pid) < ($1.tgid, $1.pid) }
    self.tasks = reader.classified(tasks)
  }
}
