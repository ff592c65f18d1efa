import PageTables

/// How a task hangs on the list of tasks.
struct TaskLinks {
  enum State {
    /// Every neighbour that can be read points back, and at least one can.
    case linked
    /// One neighbour points back, the other does not.
    case halfLinked
    /// Neither can be read.
    case unreadable
    /// No neighbour points back: the task has exited, and its memory is not used again yet.
    case forgotten
  }

  let state: State

  /// - Parameters:
  ///   - place: where the `task_struct` begins; it lies in the direct map.
  ///   - list: `task_struct.tasks`.
  init(of place: PhysicalAddress, list: Int, memory: KernelMemory, pointers: KernelPointers) {
    let word = pointers.wordByteCount
    let node = place.offset(by: list)
    let own = pointers.directMapPointer(to: node)
    func answer(link: Int, back: Int) -> Bool? {
      guard let pointer = memory.word(at: node.offset(by: link), byteCount: word) else { return nil }
      // Poison (include/linux/poison.h) is no neighbour, and who is removed by list_del_init is its own.
      guard pointers.isKernelPointer(pointer), pointer != own else { return false }
      guard let neighbour = pointers.target(of: pointer, in: memory) else { return nil }
      return memory.word(at: neighbour.offset(by: back), byteCount: word).map { $0 == own }
    }
    switch (answer(link: 0, back: word), answer(link: word, back: 0)) {
    case (true?, true?), (true?, nil), (nil, true?): state = .linked
    case (true?, false?), (false?, true?): state = .halfLinked
    case (nil, nil): state = .unreadable
    case (false?, _), (_, false?): state = .forgotten
    }
  }
}

extension KernelPointers {
  /// Whether a word looks like a pointer of the kernel's: aligned, and in the upper half of a 64-bit space or
  /// above the lowest quarter of a 32-bit one.
  func isKernelPointer(_ word: UInt64) -> Bool {
    guard word % UInt64(wordByteCount) == 0 else { return false }
    // LIST_POISON of 64-bit kernels is 0xdead000000000100, which is not canonical in any format.
    return wordByteCount == 4 ? word >= 0x4000_0000 : word >> 56 == 0xff
  }
}
