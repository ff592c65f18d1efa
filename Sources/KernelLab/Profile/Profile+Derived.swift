import PageTableEditing
import PageTables

extension Profile {
  /// What Linux means by the bits of this profile's entries.
  var linuxEntryBits: LinuxEntryBits {
    switch architecture {
    case .x86:
      let level = format.level(format.levelCount - 1)
      let frame = (0..<level.rules.count).map { level.rules[$0] }.first { $0.kind == .leaf }?.address
        .entryMask
      return .x86(hasNoExecute: level.entryByteCount == 8, frameMask: frame ?? 0)
    case .arm: return format.levelCount == 2 ? .arm : .armLPAE
    case .arm64: return .arm64
    case .riscv: return .riscv
    case .alpha: return .alpha
    }
  }

  /// log2 of the largest leaf that Linux makes the linear map of.
  ///
  /// ARM: `create_mapping` writes sections of the second level only (`arch/arm/mm/mmu.c`). RISC-V: leaves of
  /// the top level are not used with Sv39 (`best_map_size`, `arch/riscv/mm/init.c`).
  var largestLinearSizeBits: UInt8 {
    switch architecture {
    case .arm: format.levelCount == 2 ? 20 : 21
    case .riscv where format.levelCount == 3: 21
    case .x86, .arm64, .riscv, .alpha: 30
    }
  }

  /// What the kernel's pages say beside their rights: normal memory, shared between processors, and global
  /// where the profile has it so.
  var kernelAttributes: EntryAttributes {
    var attributes = EntryAttributes.standard
    func add(_ name: String, _ value: UInt64 = 1) { attributes.fields.append(.init(name, value)) }
    switch architecture {
    case .x86: if globalPages { add("global") }
    case .arm where format.levelCount == 2:
      // Write-back, write-allocate, shared: TEX 001, C, B, S; Linux's words call it memory type 7.
      add("TEX", 1)
      for name in ["C", "B", "S", "shared"] { add(name) }
      add("memory-type", 7)
    case .arm:
      add("AttrIndx", 7)
      add("SH", 3)
    case .arm64: add("SH", 3)
    case .riscv: if globalPages { add("G") }
    case .alpha: if globalPages { add("ASM") }
    }
    return attributes
  }

  /// How temporary mappings are given out: per task from 5.11 on, before that per processor.
  public var usedTemporaryMappingRule: TemporaryMappingRule {
    temporaryMappingRule ?? (release >= KernelRelease(5, 11) ? .perTask : .stacked)
  }
}
