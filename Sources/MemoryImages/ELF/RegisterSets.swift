import PageTables

/// Collects the notes about processors. Notes of one kind come once for each processor and in the same order,
/// so the n-th PRSTATUS and the n-th QEMU note are of the same one.
struct RegisterSets {
  private var status: [CPURegisters] = []
  private var virtual: [CPURegisters] = []
  private var virtualBoxVersion: UInt64?

  /// One entry a processor; what a virtual machine's note says goes before the general one.
  var merged: [CPURegisters] {
    (0..<max(status.count, virtual.count)).map { index in
      var registers = index < virtual.count ? virtual[index] : CPURegisters(index: index)
      if index < status.count {
        let general = status[index]
        registers.programCounter = registers.programCounter ?? general.programCounter
        registers.stackPointer = registers.stackPointer ?? general.stackPointer
        registers.codeSegment = registers.codeSegment ?? general.codeSegment
        registers.programStatus = general.programStatus
      }
      return registers
    }
  }

  /// Takes a note in, if it is one about a processor.
  mutating func take(_ note: ELFNote, _ facts: inout ImageFacts) {
    guard max(status.count, virtual.count) < ELFNotes.processorLimit else { return }
    switch (note.name, note.type) {
    case ("CORE", 1): takeStatus(note, &facts)
    case ("QEMU", 0):
      facts.isFromQEMU = true
      takeQEMU(note)
    case ("VBCORE", 0xb00):
      virtualBoxVersion = note.load(UInt32.self, at: 0) == 0xc01a_c0de ? note.load(UInt32.self, at: 4) : nil
    case ("VBCPU", 0xb01): takeVirtualBox(note, &facts)
    default: break
    }
  }

  /// NT_PRSTATUS: Linux's `elf_prstatus`. Its size tells the machine whose registers these are, which is not
  /// always the file's: QEMU writes i386 registers into 64-bit files.
  private mutating func takeStatus(_ note: ELFNote, _ facts: inout ImageFacts) {
    var registers = CPURegisters(index: status.count)
    if let layout = StatusLayout.of(noteBytes: note.count, in: facts.architecture?.machine) {
      func load(_ place: Int) -> UInt64? {
        layout.wordByteCount == 8
          ? note.load(UInt64.self, at: UInt64(place)) : note.load(UInt32.self, at: UInt64(place))
      }
      registers.programCounter = load(layout.programCounter)
      registers.stackPointer = load(layout.stackPointer)
      registers.codeSegment = layout.codeSegment.flatMap(load).map { $0 & 0xffff }
      registers.programStatus = layout.programStatus.flatMap(load)
      inferMachine(layout.machine, note, &facts)
    }
    status.append(registers)
  }

  private func inferMachine(
    _ machine: ImageArchitecture.Machine, _ note: ELFNote, _ facts: inout ImageFacts
  ) {
    guard facts.architecture == nil else { return }
    facts.architecture = ImageArchitecture(machine: machine, byteOrder: note.order)
    facts.note("the machine (\(machine.rawValue)) is inferred from the size of the register notes")
  }

  /// QEMU's `QEMUCPUState`: version 1, 440 bytes, for i386 as for x86-64. Ten segments of 24 bytes from 152
  /// on (selector, limit, flags, padding, base), then CR0 to CR4 from 392 on. EFER is not in it.
  private mutating func takeQEMU(_ note: ELFNote) {
    guard note.load(UInt32.self, at: 0) == 1, note.load(UInt32.self, at: 4) ?? 0 >= 440 else { return }
    var registers = CPURegisters(index: virtual.count)
    registers.stackPointer = note.load(UInt64.self, at: 56)
    registers.programCounter = note.load(UInt64.self, at: 136)
    registers.codeSegment = note.load(UInt32.self, at: 152)
    registers.gsBase = note.load(UInt64.self, at: 264)
    registers.interruptTableBase = note.load(UInt64.self, at: 384)
    registers.cr0 = note.load(UInt64.self, at: 392)
    registers.cr2 = note.load(UInt64.self, at: 408)
    registers.cr3 = note.load(UInt64.self, at: 416)
    registers.cr4 = note.load(UInt64.self, at: 424)
    registers.kernelGSBase = note.load(UInt64.self, at: 432)
    virtual.append(registers)
  }

  /// VirtualBox's `DBGFCORECPU` of core version 0x00010006: 18 general registers, six segments of 24 bytes
  /// from 144 on (base, limit, attributes, selector), control registers from 288 on, eight debug registers,
  /// GDTR, IDTR.
  private mutating func takeVirtualBox(_ note: ELFNote, _ facts: inout ImageFacts) {
    guard virtualBoxVersion == 0x0001_0006 else {
      if virtual.isEmpty { facts.note("VirtualBox registers of an unknown version are left out") }
      return
    }
    var registers = CPURegisters(index: virtual.count)
    registers.programCounter = note.load(UInt64.self, at: 112)
    registers.stackPointer = note.load(UInt64.self, at: 120)
    registers.codeSegment = note.load(UInt16.self, at: 160)
    registers.gsBase = note.load(UInt64.self, at: 240)
    registers.cr0 = note.load(UInt64.self, at: 288)
    registers.cr2 = note.load(UInt64.self, at: 296)
    registers.cr3 = note.load(UInt64.self, at: 304)
    registers.cr4 = note.load(UInt64.self, at: 312)
    registers.interruptTableBase = note.load(UInt64.self, at: 400)
    registers.efer = note.load(UInt64.self, at: 488)
    registers.kernelGSBase = note.load(UInt64.self, at: 536)
    virtual.append(registers)
  }
}
