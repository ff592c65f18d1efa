import PageTables

/// Finds the threads beside each process's leader, by whichever list leads to tasks of the same group:
/// `thread_node` (the ring goes through the `signal_struct`), before 6.7 also `thread_group`.
struct ThreadSearch {
  let reader: TaskReader

  /// How far behind the PID such a list may lie in a `task_struct`, in bytes.
  private static let reachBytes = 2048
  /// `PID_MAX_LIMIT`.
  private static let threadLimit = 1 << 22

  /// The tasks of the leaders' groups that are not leaders themselves.
  func threads(of leaders: [Task]) -> [Task] {
    guard let offset = reader.layout["task_struct.thread_node"] ?? listOffset(leaders) else { return [] }
    return leaders.flatMap { group(of: $0, list: offset, limit: Self.threadLimit) }
  }

  /// The place of a list that leads from some leader to another task of its group. Nil where no process has
  /// a second thread: then there is nothing to find.
  private func listOffset(_ leaders: [Task]) -> Int? {
    guard let pid = reader.layout["task_struct.pid"] else { return nil }
    let word = reader.pointers.wordByteCount
    let start = (pid + 8 + word - 1) / word * word
    var best: (offset: Int, count: Int)?
    for offset in stride(from: start, to: start + Self.reachBytes, by: word) {
      var count = 0
      for leader in leaders where leader.kind == .process {
        count += group(of: leader, list: offset, limit: 64).count
      }
      if count > best?.count ?? 0 { best = (offset, count) }
    }
    return best?.offset
  }

  /// The other tasks on the ring through the leader's node at `list`. What lies on it and is not a task of
  /// the group (the ring's head) is passed over, once.
  private func group(of leader: Task, list: Int, limit: Int) -> [Task] {
    let word = reader.pointers.wordByteCount
    let origin = leader.physical.offset(by: list)
    let first = (leader.address.rawValue &+ UInt64(list)) & reader.pointers.wordMask
    var threads: [Task] = []
    var here = origin
    var herePointer = first
    var strangers = 0
    while threads.count < limit {
      guard let next = reader.memory.word(at: here, byteCount: word), next != first, next != herePointer,
        let place = reader.pointers.physical(of: next, in: reader.memory),
        reader.memory.word(at: place.offset(by: word), byteCount: word) == herePointer
      else { break }
      if let task = reader.task(at: place.offset(by: -list)), task.tgid == leader.tgid,
        reader.load(task.physical, "task_struct.group_leader") == leader.address.rawValue
      {
        if task.pid != leader.pid { threads.append(task) }
      } else {
        strangers += 1
        guard strangers == 1 else { return [] }
      }
      here = place
      herePointer = next
    }
    return threads
  }
}
