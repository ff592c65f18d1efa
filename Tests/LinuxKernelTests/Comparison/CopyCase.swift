import PageTableEditing
import PageTables
import Testing

/// An architecture that copies the kernel's entries, and where it does so.
struct CopyCase: Sendable, CustomTestStringConvertible {
  var name: String
  var format: PagingFormat
  /// The level of the copied entries, and how many of them one new table of the kernel's fills.
  var depth: Int
  var entriesPerTable = 1
  /// The first and last of the addresses whose entries are copied.
  var first: UInt64
  var last: UInt64
  /// Mapped by the kernel before the copy, and after it; each under a copied entry of its own.
  var early: UInt64
  var late: UInt64
  /// Something of the user's.
  var user: UInt64
  /// Whether the process has a table of its own above the copied entries.
  var hasOwnTable = false

  var testDescription: String { name }

  /// The number of the entry for ``late``.
  var lateIndex: UInt64 {
    let level = format.level(depth)
    return late >> UInt64(level.shift) & ((1 << UInt64(level.indexBits)) - 1)
  }

  static let all: [CopyCase] = [
    CopyCase(
      name: "i386", format: .x86, depth: 0, first: 0xc000_0000, last: 0xffff_ffff, early: 0xc000_0000,
      late: 0xf880_0000, user: 0x804_8000),
    CopyCase(
      name: "i386, PAE, own kernel pmd", format: .x86PAE, depth: 1, first: 0xc000_0000, last: 0xffff_ffff,
      early: 0xc000_0000, late: 0xf880_0000, user: 0x804_8000, hasOwnTable: true),
    CopyCase(
      name: "ARM", format: .arm, depth: 0, entriesPerTable: 2, first: 0xbf00_0000, last: 0xffff_ffff,
      early: 0xc000_0000, late: 0xf080_0000, user: 0x1_0000),
    CopyCase(
      name: "ARM LPAE, modules", format: .armLPAE, depth: 1, first: 0xbf00_0000, last: 0xbfff_ffff,
      early: 0xbf00_0000, late: 0xbfe0_0000, user: 0xbe9e_6000, hasOwnTable: true),
    CopyCase(
      name: "x86-64", format: .x86_64, depth: 0, first: 0xffff_8000_0000_0000, last: .max,
      early: 0xffff_8880_0000_0000, late: 0xffff_c900_0000_0000, user: 0x40_0000),
    CopyCase(
      name: "x86-64, 5 levels", format: .x86_64LA57, depth: 0, first: 0xff00_0000_0000_0000, last: .max,
      early: 0xff11_0000_0000_0000, late: 0xffa0_0000_0000_0000, user: 0x40_0000),
    CopyCase(
      name: "RISC-V, Sv39", format: .riscvSv39, depth: 0, first: 0xffff_ffc0_0000_0000, last: .max,
      early: 0xffff_ffd8_0000_0000, late: 0xffff_ffc8_0000_0000, user: 0x1_0000),
    CopyCase(
      name: "RISC-V, Sv48", format: .riscvSv48, depth: 0, first: 0xffff_8000_0000_0000, last: .max,
      early: 0xffff_af80_0000_0000, late: 0xffff_8f80_0000_0000, user: 0x1_0000),
    CopyCase(
      name: "RISC-V, Sv57", format: .riscvSv57, depth: 0, first: 0xff00_0000_0000_0000, last: .max,
      early: 0xff60_0000_0000_0000, late: 0xff20_0000_0000_0000, user: 0x1_0000),
  ]

  /// Rights that the format can give a user exactly.
  private var userAccess: Access {
    name.hasPrefix("RISC-V") ? [.kernelRead, .kernelWrite, .userRead, .userWrite] : .all
  }

  /// A machine after the copy.
  func bench(rootSizeBits: UInt8? = nil) throws -> ComparisonBench {
    let bench = try ComparisonBench(format, rootSizeBits: rootSizeBits)
    try bench.map(early, in: bench.kernel)
    try bench.map(user, to: 0x30_0000, access: userAccess, in: bench.process)
    if hasOwnTable {
      // The process's own table of the level, by mapping something there and taking it back.
      try bench.map(early, in: bench.process)
      try bench.set(0, of: early, depth: depth, in: bench.process.root)
    }
    try bench.copy(first, through: last, depth: depth)
    return bench
  }
}
