import PageTables

/// Tells `init_mm`, the kernel's own `mm_struct`, whose `pgd` is the kernel page table, from other words that
/// point at a table, such as those of a process that has exited.
///
/// Only its code, data and heap are the kernel's: `start_code`, `end_code`, `start_data`, `end_data`,
/// `start_brk` and `brk` stand side by side (include/linux/mm_types.h), and architectures set the first two,
/// the fourth and the last to `_stext`, `_etext`, `_edata` and `_end` (`setup_initial_init_mm`, and before that
/// each `setup_arch`).
struct KernelDescriptor {
  let memory: KernelMemory
  let pointers: KernelPointers
  /// `mm_struct.pgd`, in bytes.
  let pgd: Int

  private static let reachBytes = 1024

  /// Whether the pointer at `place` is the `pgd` of the kernel's `mm_struct`; nil if that cannot be read.
  func isKernels(pointerAt place: PhysicalAddress) -> Bool? {
    let columns = ObjectColumns(
      memory: memory, wordByteCount: pointers.wordByteCount, origins: [place.offset(by: -pgd)])
    let offsets = Array(stride(from: 0, to: Self.reachBytes, by: pointers.wordByteCount))
    let words = offsets.map { columns.word(of: 0, at: $0) }
    for index in words.indices.dropLast(5) {
      let six = words[index...(index + 5)].compactMap { $0 }
      guard six.count == 6, six[2] == 0, six[4] == 0, six[0] < six[1], six[1] <= six[3], six[3] <= six[5],
        [six[0], six[5]].allSatisfy({ pointers.image.contains($0) && $0 >= 0x4000_0000 })
      else { continue }
      return true
    }
    return words.contains(nil) ? nil : false
  }
}
