import PageTables

extension Profile {
  /// Checks what the machine takes for granted, before anything is made.
  func validate() throws(BootError) {
    try validateProcessors()
    try validateRAM()
    func require(_ condition: Bool, _ reason: String) throws(BootError) {
      if !condition { throw .badProfile(name: name, reason: reason) }
    }
    let pageMask = (UInt64(1) << UInt64(format.pageSizeBits)) - 1
    let sizes = [
      image.offset, image.textByteCount, image.readOnlyByteCount, image.dataByteCount, pageOffset, mmapBase,
      image.virtualStart ?? 0, image.masterOffset ?? 0,
    ]
    try require(sizes.allSatisfy { $0 & pageMask == 0 }, "places and sizes are whole pages")
    try require(
      accountedTableBytes.count == format.levelCount,
      "\(format.levelCount) levels, and sizes of tables for \(accountedTableBytes.count)")
    try require(mmapBase <= taskSize, "areas would lie above the end of a process's addresses")
    try require(
      temporaryMappingSlotCount >= 0 && temporaryMappingSlotCount <= 64, "0 to 64 temporary mappings")
  }

  private func validateProcessors() throws(BootError) {
    func require(_ condition: Bool, _ reason: String) throws(BootError) {
      if !condition { throw .badProfile(name: name, reason: reason) }
    }
    try require(cpuCount > 0 && cpuCount <= 64, "\(cpuCount) processors: 1 to 64")
    try require(
      tlb.entryCount > 0 && tlb.entryCount & (tlb.entryCount - 1) == 0 && tlb.entryCount <= 1 << 20,
      "a TLB of \(tlb.entryCount) entries: a power of two up to 2^20")
    try require(
      tlb.wayCount > 0 && tlb.wayCount & (tlb.wayCount - 1) == 0 && tlb.wayCount <= min(tlb.entryCount, 64),
      "a TLB of \(tlb.wayCount) ways: a power of two up to 64, and no more than entries")
    // A new generation of ASIDs leaves one reserved for each processor.
    try require(
      tlb.tagBits == 0 || tlb.tagBits <= 16 && tlb.tagBits > 1 && 1 << tlb.tagBits > cpuCount + 1,
      "a tag of \(tlb.tagBits) bits: none, or more values than processors, up to 16 bits")
    // PCIDs have 12, of which isolation takes one.
    try require(architecture != .x86 || tlb.tagBits == 0 || tlb.tagBits == 12, "PCIDs have 12 bits")
  }

  private func validateRAM() throws(BootError) {
    let blockMask = (UInt64(1) << (UInt64(format.pageSizeBits) + 10)) - 1
    guard ramBase & blockMask == 0 else {
      throw .badProfile(
        name: name, reason: "RAM begins at \(String(ramBase, radix: 16)): not a multiple of the largest block"
      )
    }
    guard ramByteCount & ((1 << UInt64(format.pageSizeBits)) - 1) == 0 else {
      throw .badRAM(byteCount: ramByteCount, reason: "not a whole number of pages")
    }
    guard ramByteCount >= 32 << 20, ramByteCount >= image.end &+ 16 << 20 else {
      throw .badRAM(byteCount: ramByteCount, reason: "the kernel and its tables need 32 MiB")
    }
    guard ramByteCount <= 1 << 40, ramBase <= 1 << 44 else {
      throw .badRAM(byteCount: ramByteCount, reason: "1 TiB at most")
    }
    // What an entry of the last level can name.
    let limit = UInt64(1) << physicalAddressBits
    guard ramBase < limit, ramByteCount <= limit &- ramBase else {
      throw .badRAM(
        byteCount: ramByteCount,
        reason: "from \(String(ramBase, radix: 16)) on it passes the 2^\(physicalAddressBits) bytes that "
          + "\(name) can address")
    }
  }

  /// How many bits a physical address of RAM may have: those of a page's entry, and with PAE what Linux takes
  /// (MAX_PHYSMEM_BITS: 36).
  var physicalAddressBits: UInt64 {
    let level = format.level(format.levelCount - 1)
    let leaf = (0..<level.rules.count).map { level.rules[$0] }.first { $0.kind == .leaf }
    let bits = UInt64(64 - (leaf?.address.addressMask ?? 0xffff_f000).leadingZeroBitCount)
    return architecture == .x86 && format.addressBits == 32 ? min(bits, 36) : bits
  }
}
