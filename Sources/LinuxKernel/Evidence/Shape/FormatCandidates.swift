public import MemoryImages
public import PageTables

extension PagingFormat {
  /// The formats that a Linux kernel of the given word may have, in every size that Linux has configurations
  /// for. A machine that is known leaves only its own.
  public static func candidates(wordByteCount: Int, machine: ImageArchitecture.Machine?) -> [PagingFormat] {
    let all: [(machine: ImageArchitecture.Machine, format: PagingFormat)] =
      wordByteCount == 4
      ? [(.x86, .x86), (.x86, .x86PAE), (.arm, .arm), (.arm, .armLPAE), (.riscv32, .riscvSv32)]
      : [
        (.amd64, .x86_64), (.amd64, .x86_64LA57), (.riscv64, .riscvSv39), (.riscv64, .riscvSv48),
        (.riscv64, .riscvSv57),
      ] + aarch64Candidates.map { (.aarch64, $0) }
    return all.filter { machine == nil || $0.machine == machine }.map(\.format)
  }

  /// Linux's configurations of AArch64 (arch/arm64/Kconfig, `ARM64_VA_BITS_*`).
  private static let aarch64Candidates: [PagingFormat] = [
    ("aarch64-4k", 48), ("aarch64-4k", 39), ("aarch64-4k-lpa2", 52), ("aarch64-4k-lpa2", 48),
    ("aarch64-16k", 47), ("aarch64-16k", 48), ("aarch64-16k", 36), ("aarch64-16k-lpa2", 52),
    ("aarch64-64k", 48), ("aarch64-64k", 42), ("aarch64-64k-lpa", 52), ("aarch64-64k-lpa", 48),
  ].compactMap { PagingFormat.named($0.0, virtualAddressBits: $0.1) }
}
