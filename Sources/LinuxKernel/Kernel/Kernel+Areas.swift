import PageTables

extension Kernel {
  /// Finds where areas hang, from the processes that are known. Does nothing twice.
  mutating func noteAreaShape() {
    let descriptors = tasks.filter { $0.kind == .process && $0.pid == $0.tgid }.map(\.memoryDescriptor)
      .uniqued().compactMap { pointers.physical(of: $0, in: memory) }
    guard !descriptors.isEmpty else { return }
    let shape = AreaShape(
      memory: memory, pointers: pointers, descriptors: descriptors, pageSizeBits: format.pageSizeBits)
    for (name, fact) in shape.layout.sorted { layout.note(name, fact.value, fact.evidence) }
  }

  /// The areas of a task's process, in address order.
  ///
  /// - Complexity: linear in the areas; a path is followed once for each file.
  public func areas(of task: Task) -> AreaList {
    guard task.memoryDescriptor != 0 else { return AreaList(areas: [], gaps: []) }
    guard let descriptor = pointers.physical(of: task.memoryDescriptor, in: memory) else {
      return AreaList(areas: [], gaps: ["its mm_struct is not in memory that can be read"])
    }
    return AreaReader(
      memory: memory, pointers: pointers, layout: layout, pageSizeBits: format.pageSizeBits
    ).areas(of: descriptor)
  }
}
