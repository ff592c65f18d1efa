/// RISC-V's translation by QEMU: all modes, all rights.
///
/// Addresses come from `gva2gpa` with `mstatus.MXR`, so that pages which can only be executed are seen.
/// Reserved bits, misaligned superpages and absent entries all are ``OracleOutcome/unmapped``: the CPU
/// does not tell them apart.
public final class RISCVOracle: MMUOracle {
  private let debugger: Debugger
  private let scratch: UInt64
  private let is32Bit: Bool
  private static let listOffset: UInt64 = 0x10_0000
  private static let resultOffset: UInt64 = 0x20_0000
  private static let batchCount = 0x1_0000

  public static var executable: QEMUExecutable { .riscv64 }

  public init(image: RAMImage, paging: RISCVPaging) throws(QEMUFailure) {
    is32Bit = paging.mode == .sv32
    scratch = image.scratchAddress
    let extensions =
      is32Bit
      ? ""
      : ",svnapot=\(paging.hasNaturallyAlignedPages ? "on" : "off")"
        + ",svpbmt=\(paging.hasPageMemoryTypes ? "on" : "off")"
    // Without rules, physical memory protection would refuse everything.
    debugger = try Debugger(
      is32Bit ? .riscv32 : .riscv64, cpu: (is32Bit ? "rv32" : "rv64") + ",pmp=off" + extensions, image: image)
    for place in codePlaces {
      try debugger.ram.write(is32Bit ? RISCVProbe.words32 : RISCVProbe.words64, at: place)
    }
    try debugger.write(
      register: "satp", paging.mode.rawValue << (is32Bit ? 31 : 60) | paging.root >> 12)
  }

  public func close() { debugger.close() }

  public func translate(_ addresses: [UInt64]) throws(QEMUFailure) -> [OracleAnswer] {
    var answers: [OracleAnswer] = []
    answers.reserveCapacity(addresses.count)
    for start in stride(from: 0, to: addresses.count, by: Self.batchCount) {
      let batch = Array(addresses[start..<min(start + Self.batchCount, addresses.count)])
      let accesses = try probe(batch)
      let places = try locate(batch)
      for (address, (access, place)) in zip(batch, zip(accesses, places)) {
        guard (access == .none) == (place == nil) else {
          throw QEMUFailure("QEMU contradicts itself at 0x\(hex(address)): \(access), \(place ?? 0)")
        }
        answers.append(
          OracleAnswer(outcome: place.map { .mapped(physicalAddress: $0) } ?? .unmapped, access: access))
      }
    }
    return answers
  }

  /// Where the program is, twice. QEMU 7.2 uses what it noted of a page for fetching its instructions also
  /// for loads and stores with `mstatus.MPRV` of the same virtual page; so no address is tried by a program
  /// that lies, physically, where the address is virtually.
  private var codePlaces: [UInt64] { [scratch, scratch + 0x8000] }

  /// Tries the accesses for real.
  private func probe(_ addresses: [UInt64]) throws(QEMUFailure) -> [OracleAccess] {
    var accesses = [OracleAccess](repeating: .none, count: addresses.count)
    for place in codePlaces {
      let indices = addresses.indices.filter {
        (addresses[$0] >> 12 == scratch >> 12) == (place != scratch)
      }
      for (index, access) in zip(indices, try probe(indices.map { addresses[$0] }, from: place)) {
        accesses[index] = access
      }
    }
    return accesses
  }

  private func probe(_ addresses: [UInt64], from place: UInt64) throws(QEMUFailure) -> [OracleAccess] {
    guard !addresses.isEmpty else { return [] }
    if is32Bit {
      try debugger.ram.write(addresses.map { UInt32(truncatingIfNeeded: $0) }, at: scratch + Self.listOffset)
    } else {
      try debugger.ram.write(addresses, at: scratch + Self.listOffset)
    }
    try debugger.write(register: "priv", 3)
    try debugger.write(registers: [
      "a0": scratch + Self.listOffset, "a1": UInt64(addresses.count),
      "a2": scratch + Self.resultOffset, "a3": scratch + 0x1000, "a4": place + RISCVProbe.trapOffset,
    ])
    try debugger.run(programCounter: "pc", from: place, to: place + RISCVProbe.haltOffset)
    let results = try debugger.ram.read(addresses.count * 8, at: scratch + Self.resultOffset)
    return addresses.indices.map { index in
      // Page faults deny. Any other trap came after translation: no memory there, or no instruction.
      let allowed = results[index * 8..<index * 8 + 6].map { ![12, 13, 15].contains($0) }
      return OracleAccess(
        kernelRead: allowed[0], kernelWrite: allowed[1], kernelExecute: allowed[2],
        userRead: allowed[3], userWrite: allowed[4], userExecute: allowed[5])
    }
  }

  private func locate(_ addresses: [UInt64]) throws(QEMUFailure) -> [UInt64?] {
    try debugger.write(register: "mstatus", 1 << 19, mask: 1 << 19)
    try debugger.write(register: "priv", 1)
    return try debugger.physicalAddresses(of: addresses)
  }
}
