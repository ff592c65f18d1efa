import MemoryImages
import PageTables

extension SpaceRequest {
  /// The address space that a CPU had loaded when the image was taken.
  ///
  /// Without a number: the first CPU in user mode, else CPU 0.
  func find(cpu: Int?, in source: Source) throws(SourceError) -> AddressSpace {
    if let told = source.told { return try told.space(ofCPU: cpu, in: source.name) }
    let registers = source.image?.registers ?? []
    guard !registers.isEmpty else {
      if source.isRunning {
        throw SourceError(
          "\(source.name): the registers of a running system cannot be read; name a process, or kernel")
      }
      if source.image == nil {
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
      chosen = registers.first { $0.privilegeLevel == 3 } ?? registers[0]
    }
    guard let cr3 = chosen.cr3, let cr4 = chosen.cr4, let cr0 = chosen.cr0 else {
      throw SourceError(
        "\(source.name): CPU \(chosen.index)'s registers do not include a page-table root "
          + "(QEMU writes CR3 for x86 only); give --root ADDRESS --paging NAME")
    }
    guard cr0 >> 31 & 1 == 1 else {
      throw SourceError("\(source.name): paging is off on CPU \(chosen.index) (CR0 is \(hexadecimal(cr0)))")
    }
    let is64Bit = source.image?.architecture?.machine == .amd64
    let format: PagingFormat
    if let paging {
      format = try self.format(named: paging)
    } else if is64Bit {
      format = cr4 >> 12 & 1 == 1 ? .x86_64LA57 : .x86_64
    } else {
      format = cr4 >> 5 & 1 == 1 ? .x86PAE : .x86
    }
    let mode = chosen.privilegeLevel.map { $0 == 3 ? "user mode" : "kernel mode" } ?? "mode unknown"
    return AddressSpace(
      format: format, root: PageTableRoot(format.rootRegister.address(from: cr3)),
      evidence: "CPU \(chosen.index)'s CR3 \(hexadecimal(cr3)) and CR4 \(hexadecimal(cr4)), \(mode)")
  }
}
