/// ARMv7's translation by QEMU, for both kinds of descriptors.
///
/// Addresses, read and write are told by the CPU's own address translation operations, execution by
/// trying it. A supersection's address above 4 GiB is told by `gva2gpa`: QEMU's PAR lacks it. If no domain
/// gives access, execution is not told.
public final class ARMOracle: MMUOracle {
  private let debugger: Debugger
  private let paging: ARMPaging
  private let scratch: UInt64
  private let windows: [ARMWindow]
  private static let listOffset: UInt64 = 0x10_0000
  private static let parOffset: UInt64 = 0x20_0000
  private static let statusOffset: UInt64 = 0x30_0000
  private static let batchCount = 0x8000

  public static var executable: QEMUExecutable { .arm }

  private var probe: ARMProbe { paging.descriptors == .short ? .shortDescriptors : .longDescriptors }

  public init(image: RAMImage, paging: ARMPaging) throws(QEMUFailure) {
    self.paging = paging
    scratch = image.scratchAddress
    guard scratch <= 1 << 32 - RAMImage.scratchSizeBytes else {
      throw QEMUFailure("scratch memory at 0x\(hex(scratch)) is out of the CPU's reach without translation")
    }
    // With EL3 the CPU starts in secure Supervisor mode; without, in Hyp mode. Address translation from Hyp
    // mode ends QEMU 7.2 at a domain fault, so short descriptors are asked from Monitor mode.
    let processor = paging.processor == .armv7 || paging.descriptors == .short ? "cortex-a15" : "max"
    debugger = try Debugger(
      .arm, cpu: processor + (paging.descriptors == .short ? "" : ",has_el3=off"), image: image)
    windows = try ARMWindow.all(for: paging, scratch: scratch, ram: debugger.ram)
    if paging.descriptors == .short { try debugger.write(register: "cpsr", 0x1d6, mask: 0x1f) }
    try debugger.ram.write(probe.words, at: scratch)
    try debugger.ram.write(
      (0..<8 as Range<UInt64>).map { vector in
        let handler = vector == 3 ? probe.abortOffset : probe.otherOffset
        // A branch's distance counts words from two after it.
        let distance = Int64(handler) - Int64(0x1000 + vector * 4 + 8)
        return 0xea00_0000 | UInt32(truncatingIfNeeded: distance >> 2) & 0xff_ffff
      }, at: scratch + 0x1000)
  }

  public func close() { debugger.close() }

  public func translate(_ addresses: [UInt64]) throws(QEMUFailure) -> [OracleAnswer] {
    var answers: [OracleAnswer] = []
    answers.reserveCapacity(addresses.count)
    for start in stride(from: 0, to: addresses.count, by: Self.batchCount) {
      answers += try translate(batch: Array(addresses[start..<min(start + Self.batchCount, addresses.count)]))
    }
    return answers
  }

  private func translate(batch addresses: [UInt64]) throws(QEMUFailure) -> [OracleAnswer] {
    let parameters = try ask(addresses)
    var answers = addresses.indices.map { index in
      answer(addresses[index], Array(parameters[index * 4..<index * 4 + 4]))
    }
    var isServed = [Bool](repeating: false, count: addresses.count)
    for window in windows {
      let indices = addresses.indices.filter { !isServed[$0] && window.serves(addresses[$0]) }
      guard !indices.isEmpty else { continue }
      let supersections =
        paging.descriptors == .short ? indices.filter { parameters[$0 * 4] & 3 == 2 } : []
      let (statuses, places) = try fetch(
        indices.map { addresses[$0] }, supersections: supersections.map { addresses[$0] }, in: window)
      for (index, status) in zip(indices, statuses) {
        isServed[index] = true
        answers[index].access.kernelExecute = isExecutable(status.kernel)
        answers[index].access.userExecute = isExecutable(status.user)
      }
      for (index, place) in zip(supersections, places) {
        guard let place else {
          throw QEMUFailure("QEMU contradicts itself at 0x\(hex(addresses[index])): readable, but unmapped")
        }
        answers[index].outcome = .mapped(physicalAddress: place)
      }
    }
    return answers
  }

  /// Sets the unit up, in the mode without translation that the last run left the CPU in.
  private func setUp(_ paging: ARMPaging) throws(QEMUFailure) {
    try debugger.write(registers: [
      "r0": paging.ttbr0 & 0xffff_ffff, "r1": paging.ttbr0 >> 32, "r2": UInt64(paging.ttbcr),
      "r3": paging.ttbr1 & 0xffff_ffff, "r4": paging.ttbr1 >> 32, "r5": UInt64(paging.dacr),
      "r6": 0xff, "r7": 0, "r8": paging.control, "r9": scratch + 0x3000,
    ])
    try debugger.run(programCounter: "pc", from: scratch, to: scratch + probe.readyOffset)
  }

  // MARK: Address, read, write

  private func ask(_ addresses: [UInt64]) throws(QEMUFailure) -> [UInt64] {
    guard !addresses.isEmpty else { return [] }
    try setUp(paging)
    try debugger.ram.write(
      addresses.map { UInt32(truncatingIfNeeded: $0) }, at: scratch + Self.listOffset)
    try debugger.write(registers: [
      "r0": scratch + Self.listOffset, "r1": scratch + Self.parOffset, "r3": UInt64(addresses.count),
    ])
    try debugger.run(
      programCounter: "pc", from: scratch + probe.askOffset, to: scratch + probe.askedOffset)
    return try debugger.ram.read(addresses.count * 32, at: scratch + Self.parOffset)
      .littleEndian(as: UInt64.self)
  }

  private func answer(_ address: UInt64, _ parameters: [UInt64]) -> OracleAnswer {
    let allowed = parameters.map { $0 & 1 == 0 }
    let outcome: OracleOutcome =
      if let success = parameters.first(where: { $0 & 1 == 0 }) {
        .mapped(physicalAddress: place(address, success))
      } else if paging.descriptors == .long {
        LongDescriptorFault(status: parameters[0] >> 1).outcome
      } else {
        ShortDescriptorFault(status: parameters[0] >> 1).outcome
      }
    return OracleAnswer(
      outcome: outcome,
      access: OracleAccess(
        kernelRead: allowed[0], kernelWrite: allowed[1], userRead: allowed[2], userWrite: allowed[3]))
  }

  /// Where a successful PAR says that an address is; a supersection's high bits are missing.
  private func place(_ address: UInt64, _ parameter: UInt64) -> UInt64 {
    if paging.descriptors == .long { return parameter & 0xff_ffff_f000 | address & 0xfff }
    let isSupersection = parameter & 2 != 0
    return isSupersection
      ? parameter & 0xff00_0000 | address & 0xff_ffff : parameter & 0xffff_f000 | address & 0xfff
  }

  // MARK: Execute

  private func fetch(
    _ addresses: [UInt64], supersections: [UInt64], in window: ARMWindow
  ) throws(QEMUFailure) -> (statuses: [(kernel: UInt32, user: UInt32)], places: [UInt64?]) {
    for (words, physicalAddress) in window.tables { try debugger.ram.write(words, at: physicalAddress) }
    try setUp(window.paging)
    try debugger.ram.write(
      addresses.map { UInt32(truncatingIfNeeded: $0) }, at: scratch + Self.listOffset)
    try debugger.write(register: "cpsr", 0x1d3, mask: 0x1f)  // Supervisor
    let places = try debugger.physicalAddresses(of: supersections)
    try debugger.write(registers: [
      "r0": window.base + Self.listOffset, "r1": window.base + Self.statusOffset,
      "r2": window.base + 0x2000, "r3": UInt64(addresses.count), "r4": window.base + 0x1000,
      "r6": Self.flags(againstExecuting: paging.ttbr0),
    ])
    // The way back: Monitor mode's vector for its call, or Hyp mode's for its.
    try debugger.run(
      programCounter: "pc", from: window.base + probe.fetchOffset,
      to: scratch + (paging.descriptors == .short ? 0x3008 : 0x3014))
    let results = try debugger.ram.read(addresses.count * 8, at: scratch + Self.statusOffset)
      .littleEndian(as: UInt32.self)
    return (addresses.indices.map { (results[$0 * 2], results[$0 * 2 + 1]) }, places)
  }

  /// The condition flags (N, Z, C and V in bits 31:28) under which words that begin with the same digit as an
  /// address are instructions whose condition is not met (ARMv7-A manual, A8.3): entries of tables that name what
  /// lies near them. From 10000000 on they are executed if Z is clear, whatever they then do.
  private static func flags(againstExecuting address: UInt64) -> UInt64 {
    switch address >> 28 & 0xf {
    case 1, 12: 0x4000_0000  // NE, GT: Z
    case 3, 9: 0x2000_0000  // CC, LS: C
    case 5, 10: 0x8000_0000  // PL, GE: N
    case 7: 0x1000_0000  // VC: V
    default: 0  // EQ, CS, MI, VS, HI, LT, LE need a flag or two that differ
    }
  }

  /// Whether the status of the prefetch abort is of something that happened after translation.
  private func isExecutable(_ status: UInt32) -> Bool {
    if status == .max { return true }
    let status = UInt64(status)
    return paging.descriptors == .long
      ? LongDescriptorFault(status: status) == .external
      : ShortDescriptorFault(status: status >> 6 & 0x10 | status & 0xf) == .external
  }
}
