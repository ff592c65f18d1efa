import MemoryImages
import PageTables
import Testing

extension Guest {
  /// An address space as the guest's registers have it.
  func walker(_ registers: [String: UInt64]) throws -> Walker<PagingFormat> {
    let release = try #require(KernelRelease(truth.kernelRelease))
    let format = try #require(pagingFormat(registers), "no format for \(truth.pagingFormat)").reading(
      kernel: release)
    let lower: UInt64
    let upper: UInt64
    switch truth.architecture {
    case "x86-64", "x86":
      lower = registers["cr3"] ?? 0
      upper = lower
    case "arm":
      lower = registers["ttbr0"] ?? 0
      upper = registers["ttbr1"] ?? 0
    case "aarch64":
      lower = registers["ttbr0_el1"] ?? 0
      upper = registers["ttbr1_el1"] ?? 0
    default:
      lower = registers["satp"] ?? 0
      upper = lower
    }
    return Walker(
      format: format,
      root: PageTableRoot(
        lower: format.rootRegister.address(from: lower), upper: format.rootRegister.address(from: upper)))
  }

  /// The format with what the control registers say about the sizes of the halves.
  private func pagingFormat(_ registers: [String: UInt64]) -> PagingFormat? {
    switch truth.architecture {
    case "aarch64":
      let tcr = registers["tcr_el1"] ?? 0
      return PagingFormat.named(truth.pagingFormat, virtualAddressBits: Int(64 - (tcr & 63)))
    case "arm":
      let control = registers["ttbcr"] ?? 0
      guard control >> 31 & 1 == 1 else { return .arm(split: UInt8(control & 7)) }
      return .armLPAE(lowerSize: UInt8(control & 7), upperSize: UInt8(control >> 16 & 7))
    default:
      return PagingFormat.named(truth.pagingFormat, virtualAddressBits: nil)
    }
  }
}
