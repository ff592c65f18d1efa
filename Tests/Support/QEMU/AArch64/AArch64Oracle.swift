/// AArch64's translation by QEMU: all granules, LPA and LPA2, both halves.
///
/// Addresses, read and write are told by the CPU's own address translation instructions, execution by
/// trying it.
public final class AArch64Oracle: MMUOracle {
  private let debugger: Debugger
  private let paging: AArch64Paging
  private let scratch: UInt64
  private static let listOffset: UInt64 = 0x10_0000
  private static let parOffset: UInt64 = 0x20_0000
  private static let syndromeOffset: UInt64 = 0x30_0000
  private static let batchCount = 0x8000

  public static var executable: QEMUExecutable { .aarch64 }

  public init(image: RAMImage, paging: AArch64Paging) throws(QEMUFailure) {
    self.paging = paging
    scratch = image.scratchAddress
    debugger = try Debugger(.aarch64, cpu: "max", image: image)
    try debugger.ram.write(AArch64Probe.words, at: scratch)
    // The window: a level 1 table, a level 2 table, two blocks. And the vectors, all to one place.
    try debugger.ram.write([scratch + 0x6000 | 3], at: scratch + 0x5000)
    try debugger.ram.write([scratch | 0x401, scratch + 0x20_0000 | 0x401], at: scratch + 0x6000)
    for vector in stride(from: 0x1000 as UInt64, to: 0x1800, by: 0x80) {
      let distance = Int64(AArch64Probe.resumeOffset) - Int64(vector)
      let branch = 0x1400_0000 | UInt32(truncatingIfNeeded: distance >> 2) & 0x3ff_ffff
      try debugger.ram.write([branch], at: scratch + vector)
    }
  }

  public func close() { debugger.close() }

  public func translate(_ addresses: [UInt64]) throws(QEMUFailure) -> [OracleAnswer] {
    var answers: [OracleAnswer] = []
    answers.reserveCapacity(addresses.count)
    for start in stride(from: 0, to: addresses.count, by: Self.batchCount) {
      let batch = Array(addresses[start..<min(start + Self.batchCount, addresses.count)])
      answers += try ask(batch)
    }
    // The upper half is tried from a window in the lower one, and the other way.
    for isUpper in [false, true] {
      let indices = answers.indices.filter { (addresses[$0] >> 55 & 1 == 1) == isUpper }
      for start in stride(from: 0, to: indices.count, by: Self.batchCount) {
        let batch = indices[start..<min(start + Self.batchCount, indices.count)]
        let syndromes = try fetch(batch.map { addresses[$0] }, windowInUpperHalf: !isUpper)
        for (index, syndrome) in zip(batch, syndromes) {
          answers[index].access.kernelExecute = Self.isExecutable(syndrome.kernel)
          answers[index].access.userExecute = Self.isExecutable(syndrome.user)
        }
      }
    }
    return answers
  }

  private func setUp(_ paging: AArch64Paging) throws(QEMUFailure) {
    try debugger.write(registers: [
      "x0": paging.ttbr0, "x1": paging.ttbr1, "x2": paging.tcr, "x3": paging.mair,
      "x4": 0x30d0_0801,  // SCTLR: M and what is one at reset
      "x5": 0x431,  // SCR: non-secure, EL2 is AArch64
      "x6": 0x8000_0000,  // HCR: EL1 is AArch64
    ])
    try debugger.run(programCounter: "pc", from: scratch, to: scratch + AArch64Probe.readyOffset)
  }

  // MARK: Address, read, write

  private func ask(_ addresses: [UInt64]) throws(QEMUFailure) -> [OracleAnswer] {
    try setUp(paging)
    try debugger.ram.write(addresses, at: scratch + Self.listOffset)
    try debugger.write(registers: [
      "x10": scratch + Self.listOffset, "x11": UInt64(addresses.count), "x12": scratch + Self.parOffset,
    ])
    try debugger.run(
      programCounter: "pc", from: scratch + AArch64Probe.askOffset, to: scratch + AArch64Probe.askedOffset)
    let results = try debugger.ram.read(addresses.count * 32, at: scratch + Self.parOffset)
      .littleEndian(as: UInt64.self).map { ParsedPAR(bits: $0) }
    return addresses.enumerated().map { index, address in
      let answers = results[index * 4..<index * 4 + 4]
      let allowed = answers.map { !$0.isFault }
      let outcome: OracleOutcome =
        if let answer = answers.first(where: { !$0.isFault }) {
          .mapped(physicalAddress: answer.page | address & 0xfff)
        } else {
          answers.first!.fault.outcome
        }
      return OracleAnswer(
        outcome: outcome,
        access: OracleAccess(
          kernelRead: allowed[0], kernelWrite: allowed[1], userRead: allowed[2], userWrite: allowed[3]))
    }
  }

  // MARK: Execute

  private func fetch(
    _ addresses: [UInt64], windowInUpperHalf: Bool
  ) throws(QEMUFailure) -> [(kernel: UInt32, user: UInt32)] {
    let window: UInt64 = windowInUpperHalf ? 0xffff_ff80_0000_0000 : 0
    try setUp(paging.withWindow(inUpperHalf: windowInUpperHalf, root: scratch + 0x5000))
    try debugger.ram.write(addresses, at: scratch + Self.listOffset)
    try debugger.write(registers: [
      "x9": window + 0x2000, "x10": window + Self.listOffset, "x11": UInt64(addresses.count),
      "x12": window + Self.syndromeOffset, "x13": window + 0x1000,
      "x14": scratch + 0x3000, "x15": window + AArch64Probe.fetchOffset,
    ])
    // The way back is EL3's vector for synchronous exceptions of a lower level.
    try debugger.run(
      programCounter: "pc", from: scratch + AArch64Probe.enterOffset, to: scratch + 0x3400)
    let results = try debugger.ram.read(addresses.count * 8, at: scratch + Self.syndromeOffset)
      .littleEndian(as: UInt32.self)
    return addresses.indices.map { (results[$0 * 2], results[$0 * 2 + 1]) }
  }

  /// Whether the syndrome is of something that happened after a successful fetch.
  private static func isExecutable(_ syndrome: UInt32) -> Bool {
    let isInstructionAbort = (0x20...0x21).contains(syndrome >> 26)
    if !isInstructionAbort { return true }
    return LongDescriptorFault(status: UInt64(syndrome)) == .external
  }
}
