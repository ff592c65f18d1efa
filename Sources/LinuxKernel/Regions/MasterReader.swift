import PageTables

/// The kernel's memory at virtual addresses, through the master.
struct MasterReader: Sendable {
  let walker: Walker<PagingFormat>
  let memory: KernelMemory
  /// The size of a pointer: 4 or 8.
  let wordByteCount: Int

  init(format: PagingFormat, master: PageTableRoot, memory: KernelMemory) {
    walker = Walker(format: format, root: master)
    self.memory = memory
    wordByteCount = Int(format.addressBits) / 8
  }

  var word: UInt64 { UInt64(wordByteCount) }

  func physical(of address: UInt64) -> PhysicalAddress? {
    walker.translate(VirtualAddress(address), in: memory.memory).mapping?.physical
  }

  /// The pointer at `address`; nil if it is not mapped, not in RAM, or not aligned.
  func pointer(at address: UInt64) -> UInt64? { number(at: address, byteCount: wordByteCount) }

  func number32(at address: UInt64) -> UInt32? {
    number(at: address, byteCount: 4).map { UInt32(truncatingIfNeeded: $0) }
  }

  func number(at address: UInt64, byteCount: Int) -> UInt64? {
    guard address % UInt64(byteCount) == 0, let physical = physical(of: address) else { return nil }
    return memory.word(at: physical, byteCount: byteCount)
  }

  /// The bytes at `address`, which must not cross a page of 4 KiB.
  func bytes(at address: UInt64, count: Int) -> [UInt8]? {
    guard Int(address & 4095) + count <= 4096, let physical = physical(of: address) else { return nil }
    return memory.bytes(at: physical, count: count)
  }
}

extension [UInt8] {
  /// The little-endian number of `byteCount` bytes at `offset`, which must be inside.
  func number(at offset: Int, byteCount: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in (0..<byteCount).reversed() { value = value << 8 | UInt64(self[offset + index]) }
    return value
  }
}
