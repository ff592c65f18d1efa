import PageTables

extension MasterSurvey {
  /// What looks like the stack of a thread: a power of two of bytes, mapped between holes at a multiple of its
  /// size, with the mark that the kernel leaves at the end of every stack. The shape alone says little: where a
  /// stack is one page (pages of 16 KiB), every area of one page has it.
  ///
  /// - Parameters:
  ///   - leastBytes: the smallest stack of the architecture; KASAN doubles it, and a page may be larger.
  ///   - regions: those named `vmalloc` are looked at.
  ///   - memory: where the mark is read. Without it nothing is called a stack.
  /// - Complexity: a word is read for each area of such a shape.
  func probableStacks(
    leastBytes: UInt64, in regions: RegionList, of memory: KernelMemory
  ) -> [KernelRegion] {
    var stacks: [KernelRegion] = []
    for region in regions where region.name == "vmalloc" {
      var start: MappedRange?
      var end: UInt64 = 0
      func finish() {
        guard let start, let place = start.mapping?.physical else { return }
        let byteCount = end &- start.first.rawValue
        guard byteCount >= leastBytes, byteCount & (byteCount - 1) == 0,
          start.first.rawValue & (byteCount - 1) == 0,
          memory.word(at: place, byteCount: wordByteCount) == Self.stackEndMark
        else { return }
        stacks.append(
          KernelRegion(
            name: region.name, first: start.first, last: VirtualAddress(end &- 1),
            evidence: Evidence(
              .pageTables, "the size and alignment of a stack, with holes around it, and the mark of its end"),
            detail: "probably a thread's stack"))
      }
      let range = mappings.partitioningIndex { $0.first >= region.first }
      for mapping in mappings[range...] {
        guard mapping.last <= region.last else { break }
        if start == nil || mapping.first.rawValue != end {
          finish()
          start = mapping
        }
        end = mapping.last.rawValue &+ 1
      }
      finish()
    }
    return stacks
  }

  /// `STACK_END_MAGIC` (include/uapi/linux/magic.h), the lowest word of a stack since 3.18 where `thread_info` is
  /// not on it, which stacks in vmalloc require (CONFIG_VMAP_STACK).
  private static var stackEndMark: UInt64 { 0x57ac_6e9d }
}
