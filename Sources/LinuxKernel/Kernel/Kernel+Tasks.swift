import PageTables

extension Kernel {
  /// Reads the tasks at the given places of the list, and their threads.
  mutating func readTasks(_ nodes: [PhysicalAddress]) {
    guard let listAt = layout["task_struct.tasks"] else { return }
    let reader = TaskReader(
      memory: memory, pointers: pointers, layout: layout, format: format, master: master?.value,
      idleNode: idleNode)
    var tasks = nodes.compactMap { reader.task(at: $0.offset(by: -listAt)) }
    if !isTaskListWhole {
      notes.append("the list of tasks is cut; \(tasks.count) tasks were found by it and by their own looks")
      // Where nothing but the pieces of the list tells the members' places, they may be a neighbour's.
      let isConfirmed = layout.facts["task_struct.pid"]?.agreeing.isEmpty == false
      let kthreadd = tasks.contains { $0.pid == 2 && $0.command == "kthreadd" }
      for index in tasks.indices {
        tasks[index].doubts += reader.doubtsAboutLinks(of: tasks[index])
        if !isConfirmed, !kthreadd {
          tasks[index].doubts.append(
            "the list is cut, and nothing else (BTF, kthreadd) confirms where a task's PID is")
        }
      }
    }
    tasks += ThreadSearch(reader: reader).threads(of: tasks)
    tasks.sort { ($0.tgid, $0.pid) < ($1.tgid, $1.pid) }
    self.tasks = reader.classified(tasks)
  }
}
