extension ELFCore {
  /// The notes: PRSTATUS and QEMU's for each processor, and VMCOREINFO.
  var notes: [UInt8] {
    var out = LittleEndianBytes()
    let layout = machine.flatMap { StatusLayout.of($0) }
    if let layout {
      for set in registers { out.putNote("CORE", 1, Self.status(set, layout)) }
    }
    if registers.contains(where: { $0.cr3 != nil }) {
      for set in registers { out.putNote("QEMU", 0, Self.state(set)) }
    }
    if let vmcoreinfo { out.putNote("VMCOREINFO", 0, Array(vmcoreinfo.utf8)) }
    return out.bytes
  }

  /// `elf_prstatus` with the registers that are no data.
  private static func status(_ set: CPURegisters, _ layout: StatusLayout) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: layout.byteCount)
    func put(_ value: UInt64?, at place: Int?) {
      guard let value, let place else { return }
      bytes.replace(at: place, with: value, byteCount: layout.wordByteCount)
    }
    put(set.programCounter, at: layout.programCounter)
    put(set.stackPointer, at: layout.stackPointer)
    put(set.codeSegment, at: layout.codeSegment)
    put(set.programStatus, at: layout.programStatus)
    return bytes
  }

  /// QEMU's `QEMUCPUState`, version 1 (target/i386/arch_dump.c): as `RegisterSets` reads it.
  private static func state(_ set: CPURegisters) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 440)
    bytes.replace(at: 0, with: 1, byteCount: 4)
    bytes.replace(at: 4, with: 440, byteCount: 4)
    let words: [(Int, UInt64?)] = [
      (56, set.stackPointer), (136, set.programCounter), (264, set.gsBase), (384, set.interruptTableBase),
      (392, set.cr0), (408, set.cr2), (416, set.cr3), (424, set.cr4), (432, set.kernelGSBase),
    ]
    for case (let place, let value?) in words { bytes.replace(at: place, with: value, byteCount: 8) }
    if let codeSegment = set.codeSegment { bytes.replace(at: 152, with: codeSegment, byteCount: 4) }
    return bytes
  }
}

/// Numbers one after the other, little-endian.
struct LittleEndianBytes {
  var bytes: [UInt8] = []

  mutating func put(_ number: some FixedWidthInteger) {
    for byte in 0..<(number.bitWidth / 8) { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * byte))) }
  }

  /// A note: its head, then name and descriptor, each filled up to 4 bytes.
  mutating func putNote(_ name: String, _ type: UInt32, _ descriptor: [UInt8]) {
    put(UInt32(name.utf8.count + 1))
    put(UInt32(truncatingIfNeeded: descriptor.count))
    put(type)
    for part in [Array(name.utf8) + [0], descriptor] {
      bytes += part
      while bytes.count % 4 != 0 { bytes.append(0) }
    }
  }
}

extension [UInt8] {
  /// Puts a little-endian number at `place`, which is inside.
  fileprivate mutating func replace(at place: Int, with number: UInt64, byteCount: Int) {
    for byte in 0..<byteCount { self[place + byte] = UInt8(truncatingIfNeeded: number >> UInt64(8 * byte)) }
  }
}
