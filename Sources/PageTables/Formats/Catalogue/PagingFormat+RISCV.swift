// RISC-V: The RISC-V Instruction Set Manual, volume II (privileged architecture), "Supervisor-Level ISA": Sv32,
// Sv39, Sv48, Sv57, Svnapot, Svpbmt. Linux's software bits: arch/riscv/include/asm/pgtable-bits.h.
//
//   63 N  62..61 PBMT  60..54 reserved  53..10 PPN  9..8 RSW  7 D  6 A  5 G  4 U  3 X  2 W  1 R  0 V
//
// An entry is a pointer if R, W and X are clear, else a leaf, at whatever level.

extension PagingFormat {
  /// Optional parts of RISC-V's entries; the bits of an absent one are reserved.
  @frozen
  public struct RISCVExtensions: Sendable, BitwiseCopyable {
    /// Svnapot: 64 KiB pages from sixteen equal entries.
    public var hasNAPOT: Bool
    /// Svpbmt: memory types in bits 62:61.
    public var hasPBMT: Bool

    public init(hasNAPOT: Bool = true, hasPBMT: Bool = true) {
      self.hasNAPOT = hasNAPOT
      self.hasPBMT = hasPBMT
    }
  }

  /// RISC-V Sv32: 2 levels, 34-bit physical addresses.
  public static var riscvSv32: PagingFormat {
    PagingFormat(
      name: "riscv-sv32", summary: "RISC-V Sv32, 2 levels; 4 KiB and 4 MiB pages",
      levels: [
        Level(
          name: "pgd", architectureName: "L1", foldedNames: "p4d pud pmd", shift: 22, indexBits: 10,
          entryByteCount: 4,
          rules: [
            riscvAbsent,
            EntryRule(
              .table, mask: 0xf, match: 0x1, name: "pointer",
              address: AddressLayout(.init(bits: 10...31, to: 12)),
              reserved: 0xd0, fieldTable: 0),
            // Bits 19:10 of a superpage must be zero: it is aligned to its size.
            riscvReadable(
              "4 MiB page", sizeBits: 22, address: AddressLayout(.init(bits: 20...31, to: 22)),
              reserved: 0xffc00),
            riscvExecuteOnly(
              "4 MiB page", sizeBits: 22, address: AddressLayout(.init(bits: 20...31, to: 22)),
              reserved: 0xffc00),
            riscvWriteOnly,
          ]),
        Level(
          name: "pte", architectureName: "L0", shift: 12, indexBits: 10, entryByteCount: 4,
          rules: [
            riscvAbsent,
            riscvReadable("4 KiB page", sizeBits: 12, address: AddressLayout(.init(bits: 10...31, to: 12))),
            riscvExecuteOnly(
              "4 KiB page", sizeBits: 12, address: AddressLayout(.init(bits: 10...31, to: 12))),
            riscvWriteOnly, riscvLastPointer,
          ]),
      ],
      regions: [Region(0...0xffff_ffff, firstIndexBits: 10)],
      accessTables: [riscvAccess], fieldTables: [riscvPointerFields, riscvLeafFields32],
      notPresent: .riscv32, rootRegister: AddressLayout(.init(bits: 0...21, to: 12)), addressBits: 32)
  }

  /// RISC-V Sv39: 3 levels; 4 KiB, 2 MiB and 1 GiB pages.
  public static var riscvSv39: PagingFormat { riscvSv39(RISCVExtensions()) }
  /// RISC-V Sv48: 4 levels; pages up to 512 GiB.
  public static var riscvSv48: PagingFormat { riscvSv48(RISCVExtensions()) }
  /// RISC-V Sv57: 5 levels; pages up to 256 TiB.
  public static var riscvSv57: PagingFormat { riscvSv57(RISCVExtensions()) }

  /// RISC-V Sv39 of a processor with the given extensions.
  public static func riscvSv39(_ extensions: RISCVExtensions) -> PagingFormat {
    riscv64(
      levelCount: 3, name: "riscv-sv39",
      summary: "RISC-V Sv39, 3 levels, 39-bit addresses; 4 KiB to 1 GiB pages", extensions)
  }

  /// RISC-V Sv48 of a processor with the given extensions.
  public static func riscvSv48(_ extensions: RISCVExtensions) -> PagingFormat {
    riscv64(
      levelCount: 4, name: "riscv-sv48",
      summary: "RISC-V Sv48, 4 levels, 48-bit addresses; 4 KiB to 512 GiB pages", extensions)
  }

  /// RISC-V Sv57 of a processor with the given extensions.
  public static func riscvSv57(_ extensions: RISCVExtensions) -> PagingFormat {
    riscv64(
      levelCount: 5, name: "riscv-sv57",
      summary: "RISC-V Sv57, 5 levels, 57-bit addresses; 4 KiB to 256 TiB pages", extensions)
  }

  private static func riscv64(
    levelCount: UInt8, name: StaticString, summary: StaticString, _ extensions: RISCVExtensions
  ) -> PagingFormat {
    let half: UInt64 = 1 &<< UInt64(11 &+ 9 &* levelCount)
    var levels = FixedList<6, Level>()
    var height = levelCount &- 1
    while height > 0 {
      levels.append(riscvUpperLevel(height, of: levelCount, extensions))
      height &-= 1
    }
    levels.append(riscvLastLevel(extensions))
    return PagingFormat(
      name: name, summary: summary, levels: levels,
      regions: [
        Region(0...half &- 1, firstIndexBits: 9), Region(0 &- half...UInt64.max, firstIndexBits: 9),
      ],
      accessTables: [riscvAccess], fieldTables: [riscvPointerFields, riscvLeafFields64],
      notPresent: .riscv64, rootRegister: AddressLayout(.init(bits: 0...43, to: 12)))
  }

  private static func riscvUpperLevel(
    _ height: UInt8, of levelCount: UInt8, _ extensions: RISCVExtensions
  ) -> Level {
    let shift = 12 &+ 9 &* height
    let name: StaticString =
      switch height {
      case 1: "2 MiB page"
      case 2: "1 GiB page"
      case 3: "512 GiB page"
      default: "256 TiB page"
      }
    let address = AddressLayout(.init(bits: shift &- 2...53, to: shift))
    // A superpage is aligned to its size: the PPN bits below it must be zero. Nor can it be NAPOT.
    let misaligned: UInt64 = (1 &<< UInt64(shift &- 2)) &- (1 &<< 10)
    let reserved = misaligned | riscvReserved(extensions) | riscvN
    return Level(
      name: linuxName(height: height, of: levelCount), architectureName: riscvLevelName(height),
      foldedNames: height &+ 1 == levelCount ? linuxFoldedNames(levelCount: levelCount) : "", shift: shift,
      indexBits: 9,
      rules: [
        riscvAbsent,
        EntryRule(
          .table, mask: 0xf, match: 0x1, name: "pointer",
          address: AddressLayout(.init(bits: 10...53, to: 12)),
          // D, A, U and the upper bits are for leaves only.
          reserved: 0xffc0_0000_0000_00d0, fieldTable: 0),
        riscvWriteOnly, riscvReservedMemoryType,
        riscvReadable(name, sizeBits: shift, address: address, reserved: reserved),
        riscvExecuteOnly(name, sizeBits: shift, address: address, reserved: reserved),
      ])
  }

  private static func riscvLastLevel(_ extensions: RISCVExtensions) -> Level {
    let reserved = riscvReserved(extensions)
    let address = AddressLayout(.init(bits: 10...53, to: 12))
    var level = Level(
      name: "pte", architectureName: "L0", shift: 12, indexBits: 9,
      rules: [riscvAbsent, riscvLastPointer, riscvWriteOnly, riscvReservedMemoryType])
    if extensions.hasNAPOT {
      // PPN[3:0] = 8 says 64 KiB; the other encodings are reserved.
      level.rules.append(
        EntryRule(
          .leaf, mask: riscvN | 0x3c01, match: riscvN | 0x2001, name: "64 KiB page (NAPOT)", sizeBits: 16,
          address: AddressLayout(.init(bits: 14...53, to: 16)), reserved: reserved, accessTable: 0,
          fieldTable: 1))
      level.rules.append(
        EntryRule(.invalid, mask: riscvN | 0x1, match: riscvN | 0x1, name: "reserved NAPOT size"))
    }
    level.rules.append(riscvReadable("4 KiB page", sizeBits: 12, address: address, reserved: reserved))
    level.rules.append(riscvExecuteOnly("4 KiB page", sizeBits: 12, address: address, reserved: reserved))
    return level
  }

  private static func riscvLevelName(_ height: UInt8) -> StaticString {
    switch height {
    case 1: "L1"
    case 2: "L2"
    case 3: "L3"
    default: "L4"
    }
  }

  // MARK: Shared by the RISC-V formats

  private static var riscvN: UInt64 { 1 &<< 63 }

  private static func riscvReserved(_ extensions: RISCVExtensions) -> UInt64 {
    0x7f &<< 54 | (extensions.hasPBMT ? 0 : 3 &<< 61) | (extensions.hasNAPOT ? 0 : riscvN)
  }

  private static var riscvAbsent: EntryRule { EntryRule(.absent, mask: 0x1, match: 0x0, name: "invalid") }

  private static var riscvLastPointer: EntryRule {
    EntryRule(.invalid, mask: 0xf, match: 0x1, name: "pointer at the last level")
  }

  private static var riscvWriteOnly: EntryRule {
    EntryRule(.invalid, mask: 0x7, match: 0x5, name: "writable without readable")
  }

  private static var riscvReservedMemoryType: EntryRule {
    EntryRule(.invalid, mask: 3 &<< 61 | 0x1, match: 3 &<< 61 | 0x1, name: "reserved memory type")
  }

  private static func riscvReadable(
    _ name: StaticString, sizeBits: UInt8, address: AddressLayout, reserved: UInt64 = 0
  ) -> EntryRule {
    EntryRule(
      .leaf, mask: 0x3, match: 0x3, name: name, sizeBits: sizeBits, address: address, reserved: reserved,
      accessTable: 0, fieldTable: 1)
  }

  private static func riscvExecuteOnly(
    _ name: StaticString, sizeBits: UInt8, address: AddressLayout, reserved: UInt64 = 0
  ) -> EntryRule {
    EntryRule(
      .leaf, mask: 0xf, match: 0x9, name: name, sizeBits: sizeBits, address: address, reserved: reserved,
      accessTable: 0, fieldTable: 1)
  }

  /// A user page is never executable in supervisor mode; that it may be read and written there is a
  /// register (sstatus.SUM), and so is reading what may only be executed (MXR, taken as clear).
  private static var riscvAccess: AccessTable {
    AccessTable([
      .whenClear(bit: 1, denies: .read), .whenClear(bit: 2, denies: .write),
      .whenClear(bit: 3, denies: .execute), .whenClear(bit: 4, denies: .user),
      .whenSet(bit: 4, denies: .kernelExecute),
    ])
  }

  private static var riscvPointerFields: FieldTable {
    FieldTable([
      .flag("V", bit: 0, .present), .flag("G", bit: 5, .global), .field("RSW", bits: 8...9, .software),
    ])
  }

  private static var riscvLeafFields32: FieldTable {
    FieldTable([
      .flag("V", bit: 0, .present), .flag("R", bit: 1), .flag("W", bit: 2, .writable),
      .flag("X", bit: 3, .executable), .flag("U", bit: 4, .user), .flag("G", bit: 5, .global),
      .flag("A", bit: 6, .accessed), .flag("D", bit: 7, .dirty), .flag("special", bit: 8, .software),
      .flag("RSW1", bit: 9, .software),
    ])
  }

  private static var riscvLeafFields64: FieldTable {
    var table = riscvLeafFields32
    table.fields.append(.field("PBMT", bits: 61...62, .memoryType))
    table.fields.append(.flag("N", bit: 63, .leaf))
    return table
  }
}
