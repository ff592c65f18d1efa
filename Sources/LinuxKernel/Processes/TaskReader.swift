import PageTables

/// Reads `task_struct`s once their layout is known.
struct TaskReader {
  let memory: KernelMemory
  let pointers: KernelPointers
  let layout: StructureLayout
  let format: PagingFormat
  let master: PhysicalAddress?
  /// The idle task's place in its list, in the kernel's image.
  let idleNode: PhysicalAddress?

  private var word: Int { pointers.wordByteCount }

  func load(_ place: PhysicalAddress, _ member: String) -> UInt64? {
    layout[member].flatMap { memory.word(at: place.offset(by: $0), byteCount: word) }
  }

  func load32(_ place: PhysicalAddress, _ member: String) -> UInt64? {
    layout[member].flatMap { memory.word(at: place.offset(by: $0), byteCount: 4) }
  }

  /// The kernel's pointer to a structure at `place`: the image's where that is what leads there.
  func pointer(to place: PhysicalAddress) -> UInt64 {
    // `group_leader` of a leader is the pointer that the kernel itself uses.
    let image = (place.rawValue &+ pointers.imageOffset) & pointers.wordMask
    if pointers.image.contains(image), let leader = load(place, "task_struct.group_leader"), leader == image {
      return image
    }
    return pointers.directMapPointer(to: place)
  }

  /// The task whose structure begins at `place`, or nil if its name or its PID cannot be read.
  func task(at place: PhysicalAddress) -> Task? {
    guard let nameAt = layout["task_struct.comm"],
      let name = TaskName(at: place.offset(by: nameAt), in: memory),
      let pid = load32(place, "task_struct.pid"), let tgid = load32(place, "task_struct.tgid"),
      pid <= 1 << 22, tgid <= 1 << 22
    else { return nil }
    let descriptor = load(place, "task_struct.mm")
    var task = Task(
      pid: Int(pid), tgid: Int(tgid), command: name.text,
      address: VirtualAddress(pointer(to: place)), physical: place, kind: .unknown,
      memoryDescriptor: descriptor ?? 0,
      activeMemoryDescriptor: load(place, "task_struct.active_mm") ?? 0)
    if task.memoryDescriptor != 0 {
      task.kind = .process
      readRoot(of: &task)
    } else if let flags = load32(place, "task_struct.flags") {
      // PF_KTHREAD, include/linux/sched.h.
      if flags & 0x0020_0000 != 0 || task.pid == 0 {
        task.kind = .kernelThread
      } else if descriptor != nil {
        task.kind = .zombie
      }
    }
    return task
  }

  /// What the list of tasks leaves open about a task that was found beside it.
  func doubtsAboutLinks(of task: Task) -> [String] {
    guard task.pid != 0, let list = layout["task_struct.tasks"] else { return [] }
    switch TaskLinks(of: task.physical, list: list, memory: memory, pointers: pointers).state {
    case .linked: return []
    case .halfLinked: return ["one of its neighbours on the list of tasks does not point back"]
    case .unreadable: return ["neither neighbour on the list of tasks can be read: it may have exited"]
    case .forgotten: return ["its neighbours on the list of tasks do not point back: it may have exited"]
    }
  }

  /// The root of a process, checked.
  private func readRoot(of task: inout Task) {
    guard let descriptor = pointers.physical(of: task.memoryDescriptor, in: memory) else {
      task.doubts.append("its mm_struct is not in memory that can be read")
      return
    }
    guard let pointer = load(descriptor, "mm_struct.pgd") else {
      task.doubts.append("its mm_struct cannot be read")
      return
    }
    guard let root = pointers.target(of: pointer, in: memory) else {
      task.doubts.append("its pointer to a root table, \(hexadecimal(pointer)), leads outside RAM")
      return
    }
    guard memory.contains(root) else {
      task.root = tables(root)
      task.doubts.append(
        "its root table, at physical \(hexadecimal(root.rawValue)), is not in memory that can be read")
      return
    }
    task.root = tables(root)
    let test = RootTest(
      format: format, memory: memory, pointers: pointers,
      witnesses: [root, descriptor, task.physical].filter {
        task.address.rawValue != pointers.directMapPointer(to: task.physical) ? $0 != task.physical : true
      }, imageWitness: idleNode)
    switch test.processVerdict(of: root) {
    case .passes: break
    case .cannotTell: task.doubts.append("tables that its root leads to are missing: it could not be checked")
    case .fails:
      task.doubts.append(
        test.isSeparate
          ? "its root table does not look like a process's" : "its tables do not map the kernel's memory")
    }
  }

  /// A process's root with the kernel's beside it where the halves have roots of their own.
  func tables(_ root: PhysicalAddress) -> PageTableRoot {
    PageTableRoot(lower: root, upper: format.hasSeparateRoots ? master ?? root : root)
  }

  /// The tasks with what only all of them together tell: parents, and what has no memory where flags are not
  /// known.
  func classified(_ tasks: [Task]) -> [Task] {
    var byAddress: [UInt64: Int] = [:]
    for task in tasks { byAddress[task.address.rawValue] = task.tgid }
    let threadParent = tasks.first { $0.pid == 2 && $0.command == "kthreadd" }
    return tasks.map { task in
      var task = task
      if let parent = load(task.physical, "task_struct.real_parent") {
        task.parent = byAddress[parent]
        if task.kind == .unknown, parent == threadParent?.address.rawValue { task.kind = .kernelThread }
      }
      if task.kind == .unknown, task.pid == 0 || task.pid == 2 { task.kind = .kernelThread }
      return task
    }
  }
}
