import MemoryImages
import PageTables

/// Which paging format and which roots a processor's registers select.
struct LoadedSpace {
  var format: PagingFormat
  var root: PageTableRoot
  /// The registers, for a person.
  var evidence: String

  /// Reads the registers of a processor; nil if they do not include a root.
  ///
  /// - Throws: if paging is off, or set up as no format here is.
  init?(_ registers: CPURegisters, of machine: ImageArchitecture.Machine?) throws(SourceError) {
    if let cr3 = registers.cr3, let cr4 = registers.cr4, let cr0 = registers.cr0 {
      guard cr0 >> 31 & 1 == 1 else {
        throw SourceError("paging is off on CPU \(registers.index) (CR0 is \(hexadecimal(cr0)))")
      }
      let format: PagingFormat =
        machine == .amd64
        ? (cr4 >> 12 & 1 == 1 ? .x86_64LA57 : .x86_64) : (cr4 >> 5 & 1 == 1 ? .x86PAE : .x86)
      self.init(format, lower: cr3, "CR3 \(hexadecimal(cr3)) and CR4 \(hexadecimal(cr4))")
    } else if let satp = registers.satp {
      let name =
        machine == .riscv32
        ? (satp >> 31 & 1 == 1 ? "riscv-sv32" : nil)
        : [8: "riscv-sv39", 9: "riscv-sv48", 10: "riscv-sv57"][satp >> 60]
      guard let name, let format = PagingFormat.named(name) else {
        throw SourceError("paging is off on CPU \(registers.index) (satp is \(hexadecimal(satp)))")
      }
      self.init(format, lower: satp, "satp \(hexadecimal(satp))")
    } else if let lower = registers.translationTableBase0, let upper = registers.translationTableBase1,
      let control = registers.translationControl
    {
      let format: PagingFormat?
      if machine == .aarch64 {
        format = Self.aarch64(control)
      } else if control >> 31 & 1 == 1 {
        format = .armLPAE(lowerSize: UInt8(control & 7), upperSize: UInt8(control >> 16 & 7))
      } else {
        format = .arm(split: UInt8(control & 7))
      }
      let words =
        "TTBR0 \(hexadecimal(lower)), TTBR1 \(hexadecimal(upper)) and "
        + "\(machine == .aarch64 ? "TCR" : "TTBCR") \(hexadecimal(control))"
      guard let format else { throw SourceError("CPU \(registers.index): no paging format for \(words)") }
      self.init(format, lower: lower, upper: upper, words)
    } else {
      return nil
    }
  }

  private init(_ format: PagingFormat, lower: UInt64, upper: UInt64? = nil, _ evidence: String) {
    self.format = format
    let hasUpper = format.regions.elements.contains { $0.root == .upper }
    root = PageTableRoot(
      lower: format.rootRegister.address(from: lower),
      upper: format.rootRegister.address(from: hasUpper ? upper ?? lower : lower))
    self.evidence = evidence
  }

  /// By TCR_EL1 (Arm ARM D19.2.139): TG1 tells the granule of the kernel's half, T1SZ its size, DS larger addresses. Linux
  /// gives both halves the same.
  private static func aarch64(_ control: UInt64) -> PagingFormat? {
    guard let granule = [1: "16k", 2: "4k", 3: "64k"][control >> 30 & 3] else { return nil }
    let bits = 64 - Int(control >> 16 & 0x3f)
    let name =
      granule == "64k"
      ? (bits > 48 ? "aarch64-64k-lpa" : "aarch64-64k")
      : "aarch64-\(granule)" + (control >> 59 & 1 == 1 ? "-lpa2" : "")
    return PagingFormat.named(name, virtualAddressBits: bits)
  }
}
