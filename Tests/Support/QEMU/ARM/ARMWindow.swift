/// Where the program that tries to execute lives: scratch memory, mapped into the address space beside
/// what is asked for.
///
/// Where the tables have two roots, one is the window's and the other is asked. Where they have one, it
/// is copied, and entries of the copy are replaced.
struct ARMWindow {
  /// The window's first virtual address.
  var base: UInt64
  /// Which of the addresses the window leaves as they are.
  var serves: (UInt64) -> Bool
  /// The roots, the window's own included.
  var paging: ARMPaging
  /// What must be in memory for it.
  var tables: [(words: [UInt32], physicalAddress: UInt64)]

  private static let tableOffset: UInt64 = 0x8000

  /// The windows that together serve every address; none if no domain can be used.
  static func all(
    for paging: ARMPaging, scratch: UInt64, ram: RAMFile
  ) throws(QEMUFailure) -> [ARMWindow] {
    switch paging.descriptors {
    case .short: try shortDescriptors(paging, scratch: scratch, ram: ram)
    case .long:
      paging.ttbcr & 0x7_0007 == 0
        ? try singleRoot(paging, scratch: scratch, ram: ram) : twoRoots(paging, scratch: scratch)
    }
  }

  /// Four sections at 0xc0000000 or at 0xd0000000: both are TTBR1's, unless all is TTBR0's.
  private static func shortDescriptors(
    _ paging: ARMPaging, scratch: UInt64, ram: RAMFile
  ) throws(QEMUFailure) -> [ARMWindow] {
    guard let domain = (0..<16 as Range<UInt32>).first(where: { paging.dacr >> (2 * $0) & 1 == 1 }) else {
      return []
    }
    let isSplit = paging.ttbcr & 7 != 0
    let root = (isSplit ? paging.ttbr1 : paging.ttbr0) & 0xffff_c000
    let original = try ram.read(0x4000, at: root).littleEndian(as: UInt32.self)
    return ([0xc000_0000, 0xd000_0000] as [UInt64]).map { base in
      var table = original
      // AP: the kernel reads and writes; with an access flag that is the one bit set.
      let flags: UInt32 = 1 << 10 | domain << 5 | 2
      for section in 0..<4 {
        table[Int(base >> 20) + section] = (UInt32(scratch) + UInt32(section) << 20) | flags
      }
      var windowed = paging
      let copy = scratch + tableOffset
      if isSplit { windowed.ttbr1 = copy } else { windowed.ttbr0 = copy }
      return ARMWindow(
        base: base, serves: { ($0 & 0xffff_ffff) >> 22 != base >> 22 }, paging: windowed,
        tables: [(table, copy)])
    }
  }

  /// A level 2 table that maps scratch memory wherever it is put: two blocks, over and over.
  private static func repeatedBlocks(scratch: UInt64) -> [UInt32] {
    (0..<256).flatMap { _ in [UInt32(scratch) | 0x401, 0, UInt32(scratch) + 0x20_0000 | 0x401, 0] }
  }

  /// One gigabyte of a root with four entries.
  private static func singleRoot(
    _ paging: ARMPaging, scratch: UInt64, ram: RAMFile
  ) throws(QEMUFailure) -> [ARMWindow] {
    let copy = scratch + tableOffset
    let original = try ram.read(32, at: paging.ttbr0 & 0xff_ffff_ffe0).littleEndian(as: UInt32.self)
    return ([1, 2] as [UInt64]).map { slot in
      var table = original
      table[Int(slot) * 2] = UInt32(copy + 0x1000) | 3
      table[Int(slot) * 2 + 1] = 0
      var windowed = paging
      windowed.ttbr0 = copy
      return ARMWindow(
        base: slot << 30, serves: { ($0 & 0xffff_ffff) >> 30 != slot }, paging: windowed,
        tables: [(table, copy), (repeatedBlocks(scratch: scratch), copy + 0x1000)])
    }
  }

  /// The first or the last 4 MiB of the address space, by the root that is not asked.
  private static func twoRoots(_ paging: ARMPaging, scratch: UInt64) -> [ARMWindow] {
    let copy = scratch + tableOffset
    let table = [UInt32](repeating: 0, count: 8).enumerated().map { index, _ in
      index.isMultiple(of: 2) ? UInt32(copy + 0x1000) | 3 : 0
    }
    let tables = [(table, copy), (repeatedBlocks(scratch: scratch), copy + 0x1000)]
    let (size0, size1) = (paging.ttbcr & 7, paging.ttbcr >> 16 & 7)
    let end0: UInt64 = size0 != 0 ? 1 << (32 - UInt64(size0)) : 1 << 32 - 1 << (32 - UInt64(size1))
    // Sizes of 2 and more begin at level 2.
    var upper = paging
    upper.ttbr1 = size1 < 2 ? copy : copy + 0x1000
    upper.ttbcr &= ~(1 << 23)
    var lower = paging
    lower.ttbr0 = size0 < 2 ? copy : copy + 0x1000
    lower.ttbcr &= ~(1 << 7)
    return [
      ARMWindow(base: 0xffc0_0000, serves: { $0 & 0xffff_ffff < end0 }, paging: upper, tables: tables),
      ARMWindow(base: 0, serves: { $0 & 0xffff_ffff >= end0 }, paging: lower, tables: tables),
    ]
  }
}
