// ARM short descriptors: Arm ARM (DDI 0406, ARMv7-A), B3.5. Linux's layout of them:
// arch/arm/include/asm/pgtable-2level.h (2.6.38 and later).
//
//   first level   31..20 base   19 NS  18 super  17 nG  16 S  15 AP2  14..12 TEX  11..10 AP  8..5 domain  4 XN
//   small page    31..12 base   11 nG  10 S  9 AP2  8..6 TEX  5..4 AP  3 C  2 B  1  0 XN

extension PagingFormat {
  /// How AP[0] is read (SCTLR.AFE).
  @frozen
  public enum ARMAccessFlag: UInt8, Sendable, BitwiseCopyable {
    /// AFE = 0: AP[2:0] are three permission bits. Linux on ARMv7 has it so.
    case permissionBit
    /// AFE = 1: AP[0] is the access flag. A page with a clear flag stays a leaf here, as the table still
    /// finds it; the processor faults at its first use.
    case accessFlag
  }

  /// ARM short descriptors with one root (TTBCR.N = 0), AP[2:0] read as Linux on ARMv7 has it.
  public static var arm: PagingFormat { arm(split: 0) }

  /// ARM short descriptors: 2 levels; sections, supersections (40-bit), 64 KiB and 4 KiB pages.
  ///
  /// Rights take every domain as *client*, where the entries decide; *manager* (no checks) and *no access*
  /// are a register (DACR). Linux 2.6.38 and later keeps two hardware tables in the upper half of a page and
  /// its own entries in the lower; the first level's entries are a pair for Linux, 8 bytes for 2 MiB.
  ///
  /// - Parameters:
  ///   - split: TTBCR.N, 0 to 7. From 1 on, TTBR0 serves the lowest 2^(32 - N) bytes with a table of 2^(14 - N)
  ///     bytes, and TTBR1 the rest with a whole one. Larger values are taken modulo 8, as the register has it.
  ///   - accessFlag: SCTLR.AFE.
  public static func arm(split: UInt8, accessFlag: ARMAccessFlag = .permissionBit) -> PagingFormat {
    let split = split & 7
    var format = PagingFormat(
      name: "arm", summary: "ARM short descriptors, 2 levels; 4 KiB, 64 KiB, 1 MiB and 16 MiB pages",
      levels: [
        Level(
          name: "pgd", architectureName: "L1", foldedNames: "p4d pud pmd", shift: 20, indexBits: 12,
          entryByteCount: 4, rules: armFirstLevelRules,
          software: SoftwareEntries(offsetBytes: 0, groupByteCount: 8, present: .filler)),
        Level(
          name: "pte", architectureName: "L2", shift: 12, indexBits: 8, entryByteCount: 4,
          rules: armSecondLevelRules,
          allocation: TableAllocation(tableCount: 2, offsetBytes: 2048, sizeBits: 12),
          software: SoftwareEntries(offsetBytes: -2048, groupByteCount: 4, present: armLinuxPage)),
      ],
      regions: [Region(0...0xffff_ffff >> UInt64(split), firstIndexBits: 12 &- split)],
      accessTables: [
        // Table, section, large page, small page, Linux's entry.
        AccessTable([.whenSet(bit: 2, denies: .kernelExecute)]),
        armAccess(lowAP: 10, highAP: 15, noExecute: 4, noKernelExecute: 0, accessFlag),
        armAccess(lowAP: 4, highAP: 9, noExecute: 15, noKernelExecute: nil, accessFlag),
        armAccess(lowAP: 4, highAP: 9, noExecute: 0, noKernelExecute: nil, accessFlag),
        AccessTable([
          .whenSet(bit: 7, denies: .write), .whenClear(bit: 8, denies: .user),
          .whenSet(bit: 9, denies: .execute),
        ]),
      ],
      fieldTables: [
        armTableFields, armFields(armSectionFields, accessFlag), armFields(armSupersectionFields, accessFlag),
        armFields(armLargeFields, accessFlag), armFields(armSmallFields, accessFlag), armLinuxFields,
      ],
      notPresent: .arm, rootRegister: .inPlace(14 &- split...31), addressBits: 32)
    if split > 0 {
      format.regions.append(
        Region((0xffff_ffff >> UInt64(split)) &+ 1...0xffff_ffff, root: .upper, firstIndexBits: 12))
    }
    return format
  }

  private static var armFirstLevelRules: InlineArray<4, EntryRule> {
    [
      EntryRule(.absent, mask: 0x3, match: 0x0, name: "fault"),
      EntryRule(
        .table, mask: 0x3, match: 0x1, name: "page table", address: .inPlace(10...31), accessTable: 0,
        fieldTable: 0),
      EntryRule(
        .leaf, mask: 0x4_0002, match: 0x2, name: "section", sizeBits: 20, address: .inPlace(20...31),
        accessTable: 1, fieldTable: 1),
      // Sixteen equal entries in a row; bits 23:20 are address bits 35:32, bits 8:5 are 39:36.
      EntryRule(
        .leaf, mask: 0x4_0002, match: 0x4_0002, name: "supersection", sizeBits: 24,
        address: AddressLayout(
          .init(bits: 24...31, to: 24), .init(bits: 20...23, to: 32), .init(bits: 5...8, to: 36)),
        accessTable: 1, fieldTable: 2),
    ]
  }

  private static var armSecondLevelRules: InlineArray<3, EntryRule> {
    [
      EntryRule(.absent, mask: 0x3, match: 0x0, name: "fault"),
      EntryRule(
        .leaf, mask: 0x2, match: 0x2, name: "small page", sizeBits: 12, address: .inPlace(12...31),
        accessTable: 3, fieldTable: 4),
      // Sixteen equal entries in a row.
      EntryRule(
        .leaf, mask: 0x3, match: 0x1, name: "large page", sizeBits: 16, address: .inPlace(16...31),
        accessTable: 2, fieldTable: 3),
    ]
  }

  /// Linux's own entry for a page that may be accessed: PRESENT without NONE.
  private static var armLinuxPage: EntryRule {
    EntryRule(
      .leaf, mask: 0x801, match: 0x001, name: "Linux page", sizeBits: 12, address: .inPlace(12...31),
      accessTable: 4, fieldTable: 5)
  }

  /// AP[2:0] of ARMv7 (B3.7.1), XN and PXN. What may not be read may not be executed.
  private static func armAccess(
    lowAP: UInt8, highAP: UInt8, noExecute: UInt8, noKernelExecute: UInt8?, _ accessFlag: ARMAccessFlag
  ) -> AccessTable {
    let ap0: UInt64 = 1 &<< UInt64(lowAP)
    let ap1 = ap0 &<< 1
    let ap2: UInt64 = 1 &<< UInt64(highAP)
    var table = AccessTable([.whenSet(bit: noExecute, denies: .execute)])
    if let noKernelExecute { table.rules.append(.whenSet(bit: noKernelExecute, denies: .kernelExecute)) }
    switch accessFlag {
    case .permissionBit:
      let all = ap0 | ap1 | ap2
      table.rules.append(AccessRule(mask: all, match: 0, denies: .all))
      table.rules.append(AccessRule(mask: all, match: ap0, denies: .user))
      table.rules.append(AccessRule(mask: all, match: ap1, denies: .userWrite))
      // Reserved.
      table.rules.append(AccessRule(mask: all, match: ap2, denies: .all))
      table.rules.append(AccessRule(mask: all, match: ap2 | ap0, denies: .user.union(.write)))
      table.rules.append(AccessRule(mask: ap2 | ap1, match: ap2 | ap1, denies: .write))
    case .accessFlag:
      table.rules.append(AccessRule(mask: ap1, match: 0, denies: .user))
      table.rules.append(AccessRule(mask: ap2, match: ap2, denies: .write))
    }
    return table
  }

  /// A leaf's fields; with AFE the lower bit of AP is the access flag.
  private static func armFields(_ fields: FieldTable, _ accessFlag: ARMAccessFlag) -> FieldTable {
    guard accessFlag == .accessFlag else { return fields }
    var table = fields
    for index in 0..<table.fields.count where table.fields[index].meaning == .user {
      let bit = table.fields[index].lowBit
      table.fields[index] = .flag("AP1", bit: bit &+ 1, .user)
      table.fields.append(.flag("AF", bit: bit, .accessed))
    }
    return table
  }

  private static var armTableFields: FieldTable {
    FieldTable([
      .field("type", bits: 0...1, .present), .flag("PXN", bit: 2, .executable), .flag("NS", bit: 3),
      .field("domain", bits: 5...8), .flag("IMP", bit: 9),
    ])
  }

  private static var armSectionFields: FieldTable {
    FieldTable([
      .flag("PXN", bit: 0, .executable), .flag("section", bit: 1, .leaf), .flag("B", bit: 2, .memoryType),
      .flag("C", bit: 3, .memoryType), .flag("XN", bit: 4, .executable), .field("domain", bits: 5...8),
      .flag("IMP", bit: 9), .field("AP", bits: 10...11, .user), .field("TEX", bits: 12...14, .memoryType),
      .flag("AP2", bit: 15, .writable), .flag("S", bit: 16, .memoryType), .flag("nG", bit: 17, .global),
      .flag("NS", bit: 19),
    ])
  }

  private static var armSupersectionFields: FieldTable {
    FieldTable([
      .flag("PXN", bit: 0, .executable), .flag("section", bit: 1, .leaf), .flag("B", bit: 2, .memoryType),
      .flag("C", bit: 3, .memoryType), .flag("XN", bit: 4, .executable), .flag("IMP", bit: 9),
      .field("AP", bits: 10...11, .user), .field("TEX", bits: 12...14, .memoryType),
      .flag("AP2", bit: 15, .writable), .flag("S", bit: 16, .memoryType), .flag("nG", bit: 17, .global),
      .flag("super", bit: 18, .leaf), .flag("NS", bit: 19),
    ])
  }

  private static var armLargeFields: FieldTable {
    FieldTable([
      .field("type", bits: 0...1, .present), .flag("B", bit: 2, .memoryType), .flag("C", bit: 3, .memoryType),
      .field("AP", bits: 4...5, .user), .flag("AP2", bit: 9, .writable), .flag("S", bit: 10, .memoryType),
      .flag("nG", bit: 11, .global), .field("TEX", bits: 12...14, .memoryType),
      .flag("XN", bit: 15, .executable),
    ])
  }

  private static var armSmallFields: FieldTable {
    FieldTable([
      .flag("XN", bit: 0, .executable), .flag("small", bit: 1, .present), .flag("B", bit: 2, .memoryType),
      .flag("C", bit: 3, .memoryType), .field("AP", bits: 4...5, .user),
      .field("TEX", bits: 6...8, .memoryType), .flag("AP2", bit: 9, .writable),
      .flag("S", bit: 10, .memoryType), .flag("nG", bit: 11, .global),
    ])
  }

  private static var armLinuxFields: FieldTable {
    FieldTable([
      .flag("present", bit: 0, .present), .flag("young", bit: 1, .accessed),
      .field("memory-type", bits: 2...5, .memoryType), .flag("dirty", bit: 6, .dirty),
      .flag("read-only", bit: 7, .writable), .flag("user", bit: 8, .user),
      .flag("no-execute", bit: 9, .executable), .flag("shared", bit: 10, .memoryType),
      .flag("none", bit: 11, .software),
    ])
  }
}
