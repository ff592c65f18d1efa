// AArch64, stage 1: Arm ARM (DDI 0487), D8 "The AArch64 Virtual Memory System Architecture". Linux's software
// bits: arch/arm64/include/asm/pgtable-prot.h and pgtable-hwdef.h.
//
//   table       63 NS  62..61 AP  60 UXN  59 PXN   address   1:0 = 3
//   leaf        62..59 PBHA  58..55 soft  54 UXN  53 PXN  52 contiguous  51 DBM  50 GP   address
//               11 nG  10 AF  9..8 SH  7..6 AP[2:1]  5 NS  4..2 AttrIndx  1:0 = 3 (page), 1 (block)
//   the address is bits 47:12 (14, 16); with LPA bits 15:12 are 51:48, with LPA2 it is bits 49:12 (14) and
//   bits 9:8, where SH was, are 51:50.

extension PagingFormat {
  /// AArch64's translation granule: the size of a page and of a table.
  @frozen
  public enum AArch64Granule: UInt8, Sendable, BitwiseCopyable {
    case kib4 = 12
    case kib16 = 14
    case kib64 = 16

    /// log2 of the granule in bytes.
    @inlinable public var sizeBits: UInt8 { rawValue }
  }

  /// How AArch64's descriptors hold the output address.
  @frozen
  public enum AArch64OutputAddress: UInt8, Sendable, BitwiseCopyable {
    /// 48 bits, all in place.
    case standard
    /// 52 bits with the 64 KiB granule (FEAT_LPA): bits 15:12 are address bits 51:48.
    case lpa
    /// 52 bits with the 4 KiB and 16 KiB granules (FEAT_LPA2, TCR.DS = 1): bits 9:8 are 51:50.
    case lpa2
  }

  /// 4 KiB pages and 48-bit virtual addresses: 4 levels.
  public static var aarch64: PagingFormat {
    aarch64(checked: .kib4, virtualAddressBits: 48, outputAddress: .standard)
  }

  /// AArch64 with two roots, TTBR0 for the lower half and TTBR1 for the upper, both of one size.
  ///
  /// Rights are what the tables say at EL1 and EL0, hierarchical permissions included (TCR.HPD = 0). Not part
  /// of them: hardware dirty management (a read-only leaf with DBM set becomes writable with TCR.HD),
  /// PAN, BTI, indirect permissions. A leaf with a clear access flag stays a leaf, `AF` is among its fields:
  /// the table still finds the page, and the processor faults at its first use, unless TCR.HA is set. Tags
  /// in the top byte (TCR.TBI) are the caller's to remove.
  ///
  /// - Parameters:
  ///   - granule: the page size.
  ///   - virtualAddressBits: 64 - TxSZ, 25 to 48; to 52 with LPA2, or with the 64 KiB granule (LVA).
  ///   - outputAddress: how descriptors hold addresses.
  /// - Returns: nil where the architecture has no such combination.
  public static func aarch64(
    granule: AArch64Granule, virtualAddressBits: UInt8 = 48, outputAddress: AArch64OutputAddress = .standard
  ) -> PagingFormat? {
    switch outputAddress {
    case .standard: break
    case .lpa: guard granule == .kib64 else { return nil }
    case .lpa2: guard granule != .kib64 else { return nil }
    }
    let widest: UInt8 = granule == .kib64 || outputAddress == .lpa2 ? 52 : 48
    guard virtualAddressBits >= 25, virtualAddressBits <= widest else { return nil }
    return aarch64(checked: granule, virtualAddressBits: virtualAddressBits, outputAddress: outputAddress)
  }

  private static func aarch64(
    checked granule: AArch64Granule, virtualAddressBits: UInt8, outputAddress: AArch64OutputAddress
  ) -> PagingFormat {
    let pageBits = granule.sizeBits
    let levelBits = pageBits &- 3
    let levelCount = (virtualAddressBits &- pageBits &+ levelBits &- 1) / levelBits
    let firstIndexBits = virtualAddressBits &- pageBits &- (levelCount &- 1) &* levelBits
    let half: UInt64 = 1 &<< UInt64(virtualAddressBits)
    var levels = FixedList<6, Level>()
    var height = levelCount &- 1
    while height > 0 {
      levels.append(
        aarch64UpperLevel(height, of: levelCount, granule: granule, outputAddress: outputAddress))
      height &-= 1
    }
    levels.append(aarch64LastLevel(granule, outputAddress))
    var format = PagingFormat(
      name: aarch64Name(granule, outputAddress), summary: aarch64Summary(granule, outputAddress),
      levels: levels,
      regions: [
        Region(0...half &- 1, root: .lower, firstIndexBits: firstIndexBits),
        Region(0 &- half...UInt64.max, root: .upper, firstIndexBits: firstIndexBits),
      ],
      accessTables: [aarch64TableAccess, aarch64LeafAccess],
      fieldTables: [aarch64TableFields, aarch64LeafFields(outputAddress)],
      notPresent: .arm64(granule, outputAddress),
      rootRegister: aarch64Root(firstIndexBits: firstIndexBits, outputAddress), pageSizeBits: pageBits)
    // A page that a user may write is never executable at EL1, whatever PXN says (D8.4.1).
    format.implications.append(AccessImplication(when: .userWrite, denies: .kernelExecute))
    return format
  }

  private static func aarch64Name(
    _ granule: AArch64Granule, _ output: AArch64OutputAddress
  ) -> StaticString {
    switch granule {
    case .kib4: output == .lpa2 ? "aarch64-4k-lpa2" : "aarch64-4k"
    case .kib16: output == .lpa2 ? "aarch64-16k-lpa2" : "aarch64-16k"
    case .kib64: output == .lpa ? "aarch64-64k-lpa" : "aarch64-64k"
    }
  }

  private static func aarch64Summary(
    _ granule: AArch64Granule, _ output: AArch64OutputAddress
  ) -> StaticString {
    switch granule {
    case .kib4:
      output == .lpa2
        ? "AArch64, 4 KiB granule with LPA2; 4 KiB, 2 MiB, 1 GiB and 512 GiB pages"
        : "AArch64, 4 KiB granule; 4 KiB, 2 MiB and 1 GiB pages"
    case .kib16:
      output == .lpa2
        ? "AArch64, 16 KiB granule with LPA2; 16 KiB, 32 MiB and 64 GiB pages"
        : "AArch64, 16 KiB granule; 16 KiB and 32 MiB pages"
    case .kib64:
      output == .lpa
        ? "AArch64, 64 KiB granule with LPA; 64 KiB, 512 MiB and 4 TiB pages"
        : "AArch64, 64 KiB granule; 64 KiB and 512 MiB pages"
    }
  }

  /// A root table is aligned to its size, and to at least 64 bytes where bits 5:2 hold address bits 51:48.
  private static func aarch64Root(
    firstIndexBits: UInt8, _ output: AArch64OutputAddress
  ) -> AddressLayout {
    let tableBits = firstIndexBits &+ 3
    guard output != .standard else { return .inPlace(tableBits...47) }
    return AddressLayout(
      .init(bits: (tableBits < 6 ? 6 : tableBits)...47, to: tableBits < 6 ? 6 : tableBits),
      .init(bits: 2...5, to: 48))
  }

  /// The address of an entry that is aligned to 2^`lowBit` bytes.
  private static func aarch64Address(from lowBit: UInt8, _ output: AArch64OutputAddress) -> AddressLayout {
    switch output {
    case .standard: .inPlace(lowBit...47)
    case .lpa: AddressLayout(.init(bits: lowBit...47, to: lowBit), .init(bits: 12...15, to: 48))
    case .lpa2: AddressLayout(.init(bits: lowBit...49, to: lowBit), .init(bits: 8...9, to: 50))
    }
  }

  /// The level `height` levels above the pages.
  private static func aarch64UpperLevel(
    _ height: UInt8, of levelCount: UInt8, granule: AArch64Granule, outputAddress: AArch64OutputAddress
  ) -> Level {
    let levelBits = granule.sizeBits &- 3
    let shift = granule.sizeBits &+ height &* levelBits
    var level = Level(
      name: linuxName(height: height, of: levelCount), architectureName: aarch64LevelName(height),
      foldedNames: height == levelCount &- 1 ? linuxFoldedNames(levelCount: levelCount) : "", shift: shift,
      indexBits: levelBits,
      rules: [
        aarch64Absent,
        EntryRule(
          .table, mask: 0x3, match: 0x3, name: "table",
          address: aarch64Address(from: granule.sizeBits, outputAddress), accessTable: 0, fieldTable: 0),
      ])
    if let name = aarch64BlockName(height, granule, outputAddress) {
      level.rules.append(
        EntryRule(
          .leaf, mask: 0x3, match: 0x1, name: name, sizeBits: shift,
          address: aarch64Address(from: shift, outputAddress), accessTable: 1, fieldTable: 1))
    } else {
      level.rules.append(EntryRule(.invalid, mask: 0x3, match: 0x1, name: "block where none is allowed"))
    }
    return level
  }

  /// The name of a block at `height`, or nil where the architecture has none (D8.3, block descriptors).
  private static func aarch64BlockName(
    _ height: UInt8, _ granule: AArch64Granule, _ output: AArch64OutputAddress
  ) -> StaticString? {
    switch (granule, height) {
    case (.kib4, 1): "2 MiB block"
    case (.kib4, 2): "1 GiB block"
    case (.kib4, 3): output == .lpa2 ? "512 GiB block" : nil
    case (.kib16, 1): "32 MiB block"
    case (.kib16, 2): output == .lpa2 ? "64 GiB block" : nil
    case (.kib64, 1): "512 MiB block"
    case (.kib64, 2): output == .lpa ? "4 TiB block" : nil
    default: nil
    }
  }

  private static func aarch64LastLevel(
    _ granule: AArch64Granule, _ output: AArch64OutputAddress
  ) -> Level {
    let name: StaticString =
      switch granule {
      case .kib4: "4 KiB page"
      case .kib16: "16 KiB page"
      case .kib64: "64 KiB page"
      }
    return Level(
      name: "pte", architectureName: "L3", shift: granule.sizeBits, indexBits: granule.sizeBits &- 3,
      rules: [
        aarch64Absent,
        EntryRule(
          .leaf, mask: 0x3, match: 0x3, name: name, sizeBits: granule.sizeBits,
          address: aarch64Address(from: granule.sizeBits, output), accessTable: 1, fieldTable: 1),
        EntryRule(.invalid, mask: 0x3, match: 0x1, name: "block at the last level"),
      ])
  }

  private static func aarch64LevelName(_ height: UInt8) -> StaticString {
    switch height {
    case 1: "L2"
    case 2: "L1"
    case 3: "L0"
    default: "L-1"
    }
  }

  private static var aarch64Absent: EntryRule {
    EntryRule(.absent, mask: 0x1, match: 0x0, name: "invalid")
  }

  /// APTable, UXNTable and PXNTable take rights away from everything below.
  private static var aarch64TableAccess: AccessTable {
    AccessTable([
      .whenSet(bit: 59, denies: .kernelExecute), .whenSet(bit: 60, denies: .userExecute),
      .whenSet(bit: 61, denies: .userRead.union(.userWrite)), .whenSet(bit: 62, denies: .write),
    ])
  }

  /// A page without AP[1] and without UXN is execute-only for users.
  private static var aarch64LeafAccess: AccessTable {
    AccessTable([
      .whenClear(bit: 6, denies: .userRead.union(.userWrite)), .whenSet(bit: 7, denies: .write),
      .whenSet(bit: 53, denies: .kernelExecute), .whenSet(bit: 54, denies: .userExecute),
    ])
  }

  private static var aarch64TableFields: FieldTable {
    FieldTable([
      .flag("valid", bit: 0, .present), .flag("table", bit: 1), .flag("PXNTable", bit: 59, .executable),
      .flag("UXNTable", bit: 60, .executable), .field("APTable", bits: 61...62, .user),
      .flag("NSTable", bit: 63),
    ])
  }

  private static func aarch64LeafFields(_ output: AArch64OutputAddress) -> FieldTable {
    var table = FieldTable([
      .flag("valid", bit: 0, .present), .flag("page", bit: 1, .leaf),
      .field("AttrIndx", bits: 2...4, .memoryType), .flag("NS", bit: 5), .flag("user", bit: 6, .user),
      .flag("read-only", bit: 7, .writable),
    ])
    // With LPA2 shareability is TCR's, and bits 9:8 are the address's.
    if output != .lpa2 { table.fields.append(.field("SH", bits: 8...9, .memoryType)) }
    table.fields.append(.flag("AF", bit: 10, .accessed))
    table.fields.append(.flag("nG", bit: 11, .global))
    table.fields.append(.flag("GP", bit: 50))
    table.fields.append(.flag("DBM", bit: 51))
    table.fields.append(.flag("contiguous", bit: 52))
    table.fields.append(.flag("PXN", bit: 53, .executable))
    table.fields.append(.flag("UXN", bit: 54, .executable))
    table.fields.append(.flag("dirty", bit: 55, .dirty))
    table.fields.append(.flag("special", bit: 56, .software))
    table.fields.append(.flag("devmap", bit: 57, .software))
    table.fields.append(.flag("prot-none", bit: 58, .software))
    table.fields.append(.field("PBHA", bits: 59...62))
    return table
  }
}
