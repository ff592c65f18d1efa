/// x86's translation by QEMU, in all four paging modes: where by `gva2gpa`, whether and what may be done by
/// real accesses under the tables in question.
///
/// Reserved bits are ``OracleOutcome/malformed``. A user's rights are the kernel's for pages that the
/// kernel may not touch with CR4.SMAP set.
public final class X86Oracle: MMUOracle {
  private let debugger: Debugger
  private let paging: X86Paging
  private let windows: [X86Window]

  public static var executable: QEMUExecutable { .x86 }

  public init(image: RAMImage, paging: X86Paging) throws(QEMUFailure) {
    self.paging = paging
    windows = [1, 2].map {
      X86Window(mode: paging.mode, root: paging.root, scratch: image.scratchAddress, slot: $0)
    }
    guard windows[0].is64Bit || image.scratchAddress < 1 << 32 - RAMImage.scratchSizeBytes else {
      throw QEMUFailure("scratch memory at 0x\(hex(image.scratchAddress)) is out of CR3's reach")
    }
    debugger = try Debugger(
      .x86, cpu: "max,apic-id=0,apic=off,phys-bits=\(paging.physicalAddressBits)", image: image)
    try enterMode()
  }

  public func close() { debugger.close() }

  public func translate(_ addresses: [UInt64]) throws(QEMUFailure) -> [OracleAnswer] {
    let none = OracleAnswer(outcome: .unmapped, access: .none)
    var answers = [OracleAnswer](repeating: none, count: addresses.count)
    for (number, window) in windows.enumerated() {
      // The second window is only for what the first hides.
      let indices = addresses.indices.filter { windows[0].hides(addresses[$0]) == (number == 1) }
      for start in stride(from: 0, to: indices.count, by: X86Window.batchCount) {
        let batch = indices[start..<min(start + X86Window.batchCount, indices.count)]
        let results = try attempt(batch.map { addresses[$0] }, in: window)
        for (index, answer) in zip(batch, results) { answers[index] = answer }
      }
    }
    let mapped = answers.indices.filter { answers[$0].access != .none }
    try debugger.write(register: "cr3", paging.root)
    for (index, place) in zip(mapped, try debugger.physicalAddresses(of: mapped.map { addresses[$0] })) {
      guard let place else {
        throw QEMUFailure("QEMU contradicts itself at 0x\(hex(addresses[index])): readable, but unmapped")
      }
      answers[index].outcome = .mapped(physicalAddress: place)
    }
    return answers
  }

  // MARK: Set-up

  private var control4: UInt64 {
    switch paging.mode {
    case .twoLevel: 0x10  // PSE
    case .pae, .fourLevel: 0x20  // PAE
    case .fiveLevel: 0x1020  // and LA57
    }
  }

  /// Protected mode, or 64-bit mode, with paging on. Outside 64-bit code QEMU's debugger stub takes only
  /// 32 bits of CR3, so the code segment comes first: its descriptor is read from where the empty GDTR
  /// points, physical 8.
  private func enterMode() throws(QEMUFailure) {
    let is64Bit = windows[0].is64Bit
    try debugger.write(
      register: "efer", is64Bit ? 0xd00 : paging.mode == .pae ? 0x800 : 0)
    try debugger.write(register: "cr4", control4)
    try debugger.write(register: "cr0", 0x11)
    let before = try debugger.ram.read(8, at: 8)
    try debugger.ram.write(
      [is64Bit ? 0x00af_9b00_0000_ffff : 0x00cf_9b00_0000_ffff] as [UInt64], at: 8)
    try debugger.write(register: "cs", 8)
    try debugger.ram.write(before, at: 8)
    try debugger.write(register: "cr3", paging.root)
    try debugger.write(register: "cr0", 0x8001_0011)  // PG, WP
  }

  // MARK: The probe

  private func attempt(
    _ addresses: [UInt64], in window: X86Window
  ) throws(QEMUFailure) -> [OracleAnswer] {
    let plain = try run(addresses, in: window, control4: control4)
    // Supervisor-mode access prevention tells a user's page from the kernel's.
    let prevented = try run(addresses, in: window, control4: control4 | 1 << 21)
    return zip(plain, prevented).map { plain, prevented in
      guard plain.isReadable else {
        return OracleAnswer(outcome: plain.hasReservedBits ? .malformed : .unmapped, access: .none)
      }
      let isUser = !prevented.isReadable
      return OracleAnswer(
        outcome: .unmapped,
        access: OracleAccess(
          kernelRead: true, kernelWrite: plain.isWritable, kernelExecute: plain.isExecutable,
          userRead: isUser, userWrite: isUser && plain.isWritable,
          userExecute: isUser && plain.isExecutable))
    }
  }

  private func run(
    _ addresses: [UInt64], in window: X86Window, control4: UInt64
  ) throws(QEMUFailure) -> [X86Probe.Attempt] {
    try window.install(in: debugger.ram)
    try window.submit(addresses, in: debugger.ram)
    try debugger.write(register: "cr4", control4)
    try debugger.write(register: "cr3", window.rootCopy)
    try debugger.write(registers: ["eflags": 2, "rsp": window.stack, "rbp": window.base])
    try debugger.run(
      programCounter: "rip", from: window.base, to: window.base + window.probe.haltOffset)
    let results = try debugger.ram.read(addresses.count * 4, at: window.results)
    return addresses.indices.map { X86Probe.Attempt(results[$0 * 4..<$0 * 4 + 4]) }
  }
}
