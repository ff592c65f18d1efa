import PageTables

/// A list of tasks as it was followed in memory, from one task whose name is known.
struct TaskChain {
  var pointers: KernelPointers
  /// Where the name of the task that the search began with stands.
  var anchorName: PhysicalAddress
  /// From a task's place in the list (`task_struct.tasks`) to its name (`task_struct.comm`), in bytes.
  var nameDistance: Int
  /// The places in the list, in the list's order where it is whole.
  var nodes: [PhysicalAddress]
  /// The first idle task's place, if it is among them: it lies in the kernel's image, all others do not.
  var idleNode: PhysicalAddress?
  /// Whether following it led back to its beginning.
  var isClosed: Bool

  /// What is worth more: a list that closes, then a longer one.
  static func < (left: TaskChain, right: TaskChain) -> Bool {
    left.isClosed != right.isClosed ? right.isClosed : left.nodes.count < right.nodes.count
  }
}

/// Follows lists of tasks.
struct TaskChainWalk {
  let memory: KernelMemory
  let pointers: KernelPointers
  let nameDistance: Int

  /// More tasks than Linux can have (`PID_MAX_LIMIT` is 2²²) are no list.
  static let taskLimit = 1 << 22

  /// The list through the node at `start`, whose pointer is `startPointer`. Forwards until it closes; if it
  /// does not, backwards too.
  func chain(from start: PhysicalAddress, pointer startPointer: UInt64) -> (
    nodes: [PhysicalAddress], isClosed: Bool
  ) {
    let (forward, isClosed) = follow(from: start, pointer: startPointer, isForward: true)
    if isClosed { return ([start] + forward, true) }
    let (backward, _) = follow(from: start, pointer: startPointer, isForward: false)
    return (backward.reversed() + [start] + forward, false)
  }

  /// How many of the first tasks speak for a list: they are the kernel's own, which have proper names.
  private static let spokesmenCount = 32

  /// The nodes after `start`; ends where a link is not mutual or memory is missing. A list that closes may have
  /// tasks with strange names or none, for any process can choose its own; but not many among the first ones.
  /// Where it does not close, it ends before the first such task.
  private func follow(from start: PhysicalAddress, pointer: UInt64, isForward: Bool) -> (
    nodes: [PhysicalAddress], isClosed: Bool
  ) {
    let word = pointers.wordByteCount
    let ahead = isForward ? 0 : word
    var nodes: [PhysicalAddress] = []
    /// How many nodes there were before the first one with a strange name, and how many such are among the first.
    var tellingCount: Int?
    var strangeCount = 0
    var here = start
    var herePointer = pointer
    while nodes.count < Self.taskLimit {
      guard let next = memory.word(at: here.offset(by: ahead), byteCount: word) else { break }
      if next == pointer {
        guard strangeCount * 4 <= min(nodes.count, Self.spokesmenCount) else { break }
        return (nodes, !nodes.isEmpty)
      }
      guard let place = pointers.physical(of: next, in: memory),
        memory.word(at: place.offset(by: word - ahead), byteCount: word) == herePointer,
        let name = TaskName(at: place.offset(by: nameDistance), in: memory)
      else { break }
      if !name.isTelling {
        tellingCount = tellingCount ?? nodes.count
        if nodes.count < Self.spokesmenCount { strangeCount += 1 }
        guard strangeCount * 4 <= Self.spokesmenCount else { break }
      }
      nodes.append(place)
      here = place
      herePointer = next
    }
    return (Array(nodes.prefix(tellingCount ?? nodes.count)), false)
  }
}
