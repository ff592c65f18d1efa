import PageTableEditing
import PageTables

extension KernelWriter {
  private var taskFields: [(offset: Int, byteCount: Int)] {
    let task = layout.task
    return [
      (task.stack, word), (task.flags, 4), (task.tasks, 2 * word), (task.memory, 2 * word),
      (task.exitState, 4), (task.pid, 8), (task.realParent, 2 * word), (task.children, 4 * word),
      (task.groupLeader, word), (task.threadGroup, 4 * word), (task.command, 16), (task.signal, word),
    ]
  }

  /// The tasks, with all that hangs on them.
  mutating func writeTasks(into memory: inout SparseMemory) throws {
    let idle = SyntheticTask(pid: 0, command: kernel.idleName, kind: .kernelThread, parent: 0)
    let tasks = [idle] + kernel.tasks
    let places = [idleTask] + slab(kernel.tasks.count, byteCount: layout.task.byteCount)
    let processes = tasks.filter(\.isFirstThread)
    let signals = [imageStart + 0x30_8000] + slab(processes.count - 1, byteCount: layout.signalByteCount)
    let memories = try writeMemories(into: &memory)

    for (task, place) in zip(tasks, places) {
      let descriptor = task.kind == .process ? memories[task.sharesMemoryOf ?? task.tgid] ?? 0 : 0
      let signal = processes.firstIndex { $0.tgid == task.tgid }.map { signals[$0] } ?? 0
      try write(task, at: place, descriptor: descriptor, signal: signal, into: &memory)
      written.tasks.append(
        .init(task: task, address: pointer(to: place), physical: place, memoryDescriptor: descriptor))
    }
    let place = Dictionary(uniqueKeysWithValues: zip(tasks.map(\.pid), places))
    try link(tasks, processes, place, signals, into: &memory)
    try writeFreedTasks(into: &memory)
  }

  private mutating func write(
    _ task: SyntheticTask, at place: UInt64, descriptor: UInt64, signal: UInt64,
    into memory: inout SparseMemory
  ) throws {
    let fields = layout.task
    func at(_ offset: Int) -> UInt64 { place + UInt64(offset) }
    try fill(place, byteCount: fields.byteCount, kind: 1, fields: taskFields, in: &memory)
    let stack = kernel.start + Self.noiseStart + UInt64(task.pid % 64) << 14
    try storeWord(pointer(to: stack), at: at(fields.stack), in: &memory)
    // PF_KTHREAD and PF_NOFREEZE; PF_EXITING; PF_RANDOMIZE (include/linux/sched.h).
    let flags = task.kind == .kernelThread ? 0x20_8040 : task.kind == .zombie ? 0x40_0004 : 0x40_0000
    try store32(flags, at: at(fields.flags), in: &memory)
    try storeWord(descriptor, at: at(fields.memory), in: &memory)
    let active = task.pid == 0 ? pointer(to: kernelMemory) : descriptor
    try storeWord(active, at: at(fields.activeMemory), in: &memory)
    // EXIT_ZOMBIE
    try store32(task.kind == .zombie ? 0x20 : 0, at: at(fields.exitState), in: &memory)
    try store32(task.pid, at: at(fields.pid), in: &memory)
    try store32(task.tgid, at: at(fields.tgid), in: &memory)
    try store(task.command, at: at(fields.command), byteCount: 16, in: &memory)
    try storeWord(pointer(to: signal), at: at(fields.signal), in: &memory)
  }

  private func link(
    _ tasks: [SyntheticTask], _ processes: [SyntheticTask], _ place: [Int: UInt64], _ signals: [UInt64],
    into memory: inout SparseMemory
  ) throws {
    let fields = layout.task
    func field(_ pid: Int, _ offset: Int) -> UInt64 { (place[pid] ?? 0) + UInt64(offset) }
    try storeRing(processes.map { field($0.pid, fields.tasks) }, in: &memory)
    for task in tasks {
      let parent = pointer(to: place[task.parent] ?? idleTask)
      try storeWord(parent, at: field(task.pid, fields.realParent), in: &memory)
      try storeWord(parent, at: field(task.pid, fields.parent), in: &memory)
      try storeWord(
        pointer(to: place[task.tgid] ?? 0), at: field(task.pid, fields.groupLeader), in: &memory)
      // Threads are in no list of all tasks, and are nobody's children.
      if !task.isFirstThread {
        try storeEmptyList(at: field(task.pid, fields.tasks), in: &memory)
        try storeEmptyList(at: field(task.pid, fields.sibling), in: &memory)
      }
      let children = processes.filter { $0.parent == task.pid && $0.pid != 0 && task.isFirstThread }
      try storeRing(
        [field(task.pid, fields.children)] + children.map { field($0.pid, fields.sibling) }, in: &memory)
    }
    try storeEmptyList(at: field(0, fields.sibling), in: &memory)
    for (process, signal) in zip(processes, signals) {
      let threads = tasks.filter { $0.tgid == process.tgid }
      try storeRing(threads.map { field($0.pid, fields.threadGroup) }, in: &memory)
      try storeRing(
        [signal + UInt64(layout.threadHead)] + threads.map { field($0.pid, fields.threadNode) }, in: &memory)
    }
  }

  /// Tasks that ended: their neighbours no longer point at them.
  private mutating func writeFreedTasks(into memory: inout SparseMemory) throws {
    let living = written.tasks.filter { $0.task.kind == .process && $0.task.isFirstThread }
    for (index, place) in slab(kernel.freedTaskCount, byteCount: layout.task.byteCount).enumerated() {
      guard let model = living.randomElement(using: &generator) else { return }
      for offset in stride(from: 0, to: UInt64(layout.task.byteCount), by: word) {
        let value = try memory.load(
          byteCount: word, order: .little, at: .init(model.physical + offset))
        try storeWord(value, at: place + offset, in: &memory)
      }
      try store32(30_000 + index, at: place + UInt64(layout.task.pid), in: &memory)
      try store32(30_000 + index, at: place + UInt64(layout.task.tgid), in: &memory)
      try storeWord(pointer(to: place), at: place + UInt64(layout.task.groupLeader), in: &memory)
      try store("ended-\(index)", at: place + UInt64(layout.task.command), byteCount: 16, in: &memory)
    }
  }
}
