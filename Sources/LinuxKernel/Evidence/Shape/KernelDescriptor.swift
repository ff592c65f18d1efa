import PageTables

/// Tells `init_mm`, the kernel's own `mm_struct`, whose `pgd` is the kernel page table, from any other words of
/// the image: it has some members that are the same in every `mm_struct`, such as `user_ns` (since 4.10).
struct KernelDescriptor {
  private let memory: KernelMemory
  private let wordByteCount: Int
  private let pgd: Int
  /// Offsets at which most `mm_struct`s have the same pointer into the image, and that pointer.
  private let common: [(offset: Int, pointer: UInt64)]

  private static let reachBytes = 1024

  init(memory: KernelMemory, pointers: KernelPointers, shape: MemoryDescriptorShape) {
    self.memory = memory
    wordByteCount = pointers.wordByteCount
    pgd = shape.pgd
    let columns = ObjectColumns(memory: memory, wordByteCount: wordByteCount, origins: shape.descriptors)
    common = stride(from: 0, to: Self.reachBytes, by: wordByteCount).compactMap { offset in
      var votes: [UInt64: Int] = [:]
      let values = columns.words(at: offset).compactMap { $0 }
      for value in values where pointers.image.contains(value) && pointers.isKernelPointer(value) {
        votes[value, default: 0] += 1
      }
      guard let best = votes.max(by: { $0.value < $1.value }), best.value >= 3,
        best.value * 10 >= values.count * 9
      else { return nil }
      return (offset, best.key)
    }
  }

  /// How many members of the `mm_struct` whose `pgd` stands at `place` are as in all others, or nil if there are
  /// none that can be read.
  func likeness(ofPointerAt place: PhysicalAddress) -> (count: Int, of: Int)? {
    let values = common.compactMap { member in
      memory.word(at: place.offset(by: member.offset - pgd), byteCount: wordByteCount).map {
        $0 == member.pointer
      }
    }
    return values.isEmpty ? nil : (values.count { $0 }, values.count)
  }
}
