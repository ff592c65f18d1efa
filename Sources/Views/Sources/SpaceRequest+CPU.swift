import MemoryImages
import PageTables

extension SpaceRequest {
  /// The address space that a CPU had loaded when the image was taken.
  ///
  /// Without a number: the first CPU in user mode, else CPU 0.
  func find(cpu: Int?, in source: Source) throws(SourceError) -> AddressSpace {
    if let told = source.told { return try told.space(ofCPU: cpu, in: source.name) }
    let registers = try source.translationRegisters()
    guard !registers.isEmpty else {
      if source.live != nil {
        throw SourceError(
          "\(source.name): the registers of a running system cannot be read; name a process, or kernel")
      }
      if source.image == nil, source.virtualMachine == nil {
        throw SourceError("\(source.name): name a process; there are: \(source.processNames), and kernel")
      }
      throw SourceError(
        "\(source.name) carries no CPU registers; give --root ADDRESS --paging NAME")
    }
    let chosen: CPURegisters
    if let cpu {
      guard let found = registers.first(where: { $0.index == cpu }) else {
        throw SourceError(
          "\(source.name) has no CPU \(cpu); it has \(registers.map { "\($0.index)" }.joined(separator: ", "))"
        )
      }
      chosen = found
    } else {
      chosen = registers.first { $0.isUserMode(on: source.architecture?.machine) == true } ?? registers[0]
    }
    let loaded: LoadedSpace?
    do throws(SourceError) {
      loaded = try LoadedSpace(chosen, of: source.architecture?.machine)
    } catch {
      throw SourceError("\(source.name): \(error)")
    }
    guard var loaded else {
      throw SourceError(
        "\(source.name): CPU \(chosen.index)'s registers do not include a page-table root "
          + "(QEMU writes CR3 for x86 only); give --root ADDRESS --paging NAME")
    }
    if let paging { loaded.format = try format(named: paging) }
    let mode = chosen.isUserMode(on: source.architecture?.machine).map { $0 ? "user mode" : "kernel mode" }
    return AddressSpace(
      format: loaded.format, root: loaded.root,
      evidence: "CPU \(chosen.index)'s \(loaded.evidence), \(mode ?? "mode unknown")")
  }
}

extension CPURegisters {
  /// Whether the processor stood in user mode, where its registers tell.
  func isUserMode(on machine: ImageArchitecture.Machine?) -> Bool? {
    switch machine {
    // EL0 and AArch32's user mode (Arm ARM: PSTATE.M, CPSR.M).
    case .aarch64: programStatus.map { $0 & 0xf == 0 }
    case .arm: programStatus.map { $0 & 0x1f == 0x10 }
    default: privilegeLevel.map { $0 == 3 }
    }
  }
}
