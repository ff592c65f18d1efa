import PageTableEditing

extension KernelWriter {
  /// What else a kernel has in memory and a search must not stumble over.
  mutating func writeNoise(into memory: inout SparseMemory) throws {
    try store(
      "Linux version \(kernel.release) (builder@example) (gcc) #1 SMP\n", at: imageStart + 0x10_0000,
      byteCount: 160, in: &memory)
    // Empty lists: most in the direct map, some in the image.
    for index in 0..<kernel.emptyListCount {
      let isInImage = index % 4 == 0
      let start = isInImage ? imageStart + 0x70_0000 : kernel.start + Self.listStart
      let place = start + .random(in: 0..<(isInImage ? 0x1_0000 : 0x4_0000), using: &generator) * 16
      try storeEmptyList(at: place, in: &memory)
    }
    // What lies beside the idle task in the image has lists as well, however few its own words are.
    let end = idleTask + UInt64(layout.task.byteCount + 63) / 64 * 64
    for index in 0..<UInt64(16) { try storeEmptyList(at: end + index * 48, in: &memory) }
    // The array of `struct page` has lists as well, and addresses of its own.
    if kernel.machine.pageArrayBase != 0 {
      let start = kernel.start + Self.pageArrayStart
      for index in 0..<UInt64(kernel.emptyListCount / 2) {
        let place = start + index * 64 + 8
        let address = kernel.machine.pageArrayBase + (place - start)
        try storeWord(address, at: place, in: &memory)
        try storeWord(address, at: place + 8, in: &memory)
      }
    }
    for place in stride(
      from: kernel.start + Self.noiseStart, to: kernel.start + SyntheticLinux.byteCount, by: 8)
    {
      try store(generator.next(), at: place, byteCount: 8, in: &memory)
    }
  }
}
