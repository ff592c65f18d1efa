/// Where the probe lives: a 4 MiB piece of the address space, mapped by a copy of the root in which one
/// entry is replaced. Everything else is translated by the tables in question.
///
/// In the scratch memory: code, descriptor tables and stack in the first pages, the root's copy at
/// 0x4000, the tables that map the window after it, the list at 0x100000, the results at 0x200000.
struct X86Window {
  var mode: X86Paging.Mode
  var root: UInt64
  var scratch: UInt64
  /// Which entry of the root is replaced.
  var slot: Int

  static let batchCount = 0x1_0000
  private static let listOffset: UInt64 = 0x10_0000
  private static let resultOffset: UInt64 = 0x20_0000

  var is64Bit: Bool { mode == .fourLevel || mode == .fiveLevel }
  var probe: X86Probe { is64Bit ? .bits64 : .bits32 }
  var rootCopy: UInt64 { scratch + 0x4000 }
  var stack: UInt64 { base + 0x4000 - 64 }
  var results: UInt64 { scratch + Self.resultOffset }

  /// How many address bits lie below the root's.
  private var rootShift: UInt64 {
    switch mode {
    case .twoLevel: 22
    case .pae: 30
    case .fourLevel: 39
    case .fiveLevel: 48
    }
  }

  /// The window's first virtual address. Slots are from the lower half, so it is canonical.
  var base: UInt64 { UInt64(slot) << rootShift }

  /// Whether an address is hidden by the window or its surroundings.
  func hides(_ address: UInt64) -> Bool {
    let count: UInt64 = mode == .pae ? 4 : mode == .twoLevel ? 1024 : 512
    return address >> rootShift & (count - 1) == UInt64(slot)
  }

  /// Writes everything but the list.
  func install(in ram: RAMFile) throws(QEMUFailure) {
    try ram.write(probe.code, at: scratch)
    try ram.write(interruptGates, at: scratch + 0x1000)
    try ram.write(
      [0, is64Bit ? 0x00af_9b00_0000_ffff : 0x00cf_9b00_0000_ffff, 0x00cf_9300_0000_ffff] as [UInt64],
      at: scratch + 0x2000)
    try writeRoot(in: ram)
  }

  private func writeRoot(in ram: RAMFile) throws(QEMUFailure) {
    let present: UInt64 = 0x63  // P, W, A, D
    let large: UInt64 = 0xe3  // and PS
    try ram.write(ram.read(mode == .pae ? 32 : 4096, at: root), at: rootCopy)
    switch mode {
    case .twoLevel:
      try ram.write([UInt32(scratch | large)], at: rootCopy + UInt64(slot) * 4)
    case .pae:
      try ram.write([scratch + 0x5000 | 1], at: rootCopy + UInt64(slot) * 8)
    case .fourLevel:
      try ram.write([scratch + 0x6000 | present], at: rootCopy + UInt64(slot) * 8)
    case .fiveLevel:
      try ram.write([scratch + 0x7000 | present], at: rootCopy + UInt64(slot) * 8)
      try ram.write([scratch + 0x6000 | present], at: scratch + 0x7000)
    }
    try ram.write([scratch | large, scratch + 0x20_0000 | large], at: scratch + 0x5000)
    try ram.write([scratch + 0x5000 | present], at: scratch + 0x6000)
  }

  private var interruptGates: [UInt64] {
    (0..<32).flatMap { vector -> [UInt64] in
      let offset =
        switch vector {
        case 14: probe.pageFaultOffset
        case 12, 13: probe.protectionOffset
        default: probe.otherOffset
        }
      let handler = base + offset
      let gate =
        handler & 0xffff | 8 << 16 | 0x8e00 << 32 | (handler >> 16 & 0xffff) << 48
      return is64Bit ? [gate, handler >> 32] : [gate]
    }
  }

  /// Writes the list, and where to start.
  func submit(_ addresses: [UInt64], in ram: RAMFile) throws(QEMUFailure) {
    if is64Bit {
      try ram.write(addresses, at: scratch + Self.listOffset)
    } else {
      try ram.write(addresses.map { UInt32(truncatingIfNeeded: $0) }, at: scratch + Self.listOffset)
    }
    // A descriptor table's operand is 16 bits of limit, then the base.
    let interrupts = base + 0x1000
    let segments = base + 0x2000
    try ram.write(
      [
        interrupts << 16 | 0xfff, interrupts >> 48, segments << 16 | 0xfff, segments >> 48,
        base + Self.listOffset, base + Self.resultOffset, UInt64(addresses.count), 0, stack,
        is64Bit ? 0x5555_5555_5555_5555 : base + 0x8000,
      ] as [UInt64],
      at: scratch + 0x800)
  }
}
