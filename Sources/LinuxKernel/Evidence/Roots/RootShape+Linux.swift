public import PageTables

// Where the halves are: Documentation/arch/x86/x86_64/mm.rst, arch/x86/include/asm/page_32_types.h,
// arch/arm/Kconfig (VMSPLIT_*), arch/arm/include/asm/memory.h, Documentation/arch/arm64/memory.rst,
// Documentation/arch/riscv/vm-layout.rst. Checked against kernels 5.10 to 7.2.

extension RootShape {
  /// The shapes of every format that is looked for, the likeliest first within a format.
  public static let linux: [RootShape] =
    x86Shapes + x86PAEShapes + [longModeShape(.x86_64), longModeShape(.x86_64LA57)] + armShapes
    + [armLPAEShape] + aarch64Shapes + [
      riscvShape(.riscvSv39), riscvShape(.riscvSv48), riscvShape(.riscvSv57),
    ]

  /// The shapes of `format`, for a format that was chosen by other means; empty if roots of it are not known.
  ///
  /// The sizes of AArch64's halves are the format's own.
  public static func shapes(of format: PagingFormat) -> [RootShape] {
    let name = format.name.description
    if name.hasPrefix("aarch64") { return aarch64Pair(format) }
    return linux.filter { $0.format.name.description == name }.map { shape in
      var shape = shape
      // The same format may read another kernel era or mask an encryption bit.
      if format.regions.count == shape.format.regions.count { shape.format = format }
      return shape
    }
  }

  /// The halves of a format whose canonical addresses are two regions under one root.
  private static func halves(_ format: PagingFormat) -> RootShape {
    RootShape(
      format, user: format.regions[0].first.rawValue...format.regions[0].last.rawValue,
      kernel: format.regions[1].first.rawValue...format.regions[1].last.rawValue)
  }

  private static func longModeShape(_ format: PagingFormat) -> RootShape {
    var shape = halves(format)
    // The kernel's image is at -2 GiB.
    shape.requiredIndex = 511
    shape.clearBits = 0x7ff0_0000_0000_0000
    shape.userCopyOffset = 4096
    return shape
  }

  /// Linux copies the kernel half of `swapper_pg_dir` into every new root; the direct map and the image are
  /// 2 MiB or larger leaves.
  private static func riscvShape(_ format: PagingFormat) -> RootShape { halves(format) }

  /// Where the kernel's half can begin on the 32-bit architectures: VMSPLIT_3G, 3G_OPT, 2G, 2G_OPT, 1G.
  private static let splits: [UInt64] = [0xc000_0000, 0xb000_0000, 0x8000_0000, 0x7800_0000, 0x4000_0000]

  private static func split(_ format: PagingFormat, at split: UInt64, userEnd: UInt64) -> RootShape {
    var shape = RootShape(format, user: 0...userEnd - 1, kernel: split...0xffff_ffff)
    shape.directMapFirst = split
    return shape
  }

  private static var x86Shapes: [RootShape] {
    splits.map {
      var shape = split(.x86, at: $0, userEnd: $0)
      // The fixed mappings are at the very top.
      shape.requiredIndex = 1023
      return shape
    }
  }

  /// The top level of PAE can only be split at a gigabyte.
  private static var x86PAEShapes: [RootShape] {
    splits.filter { $0 & 0x3fff_ffff == 0 }.map {
      var shape = split(.x86PAE, at: $0, userEnd: $0)
      shape.requiredIndex = 3
      // With page-table isolation every process has a kernel PMD of its own.
      shape.comparesNextLevel = true
      shape.userCopyOffset = 4096
      return shape
    }
  }

  /// Modules lie in the 16 MiB below the direct map.
  private static var armShapes: [RootShape] {
    splits.map {
      var shape = split(.arm, at: $0, userEnd: $0 - 0x100_0000)
      // The vectors are at 0xffff0000.
      shape.requiredIndex = 4095
      return shape
    }
  }

  private static var armLPAEShape: RootShape {
    var shape = split(.armLPAE, at: 0xc000_0000, userEnd: 0xbf00_0000)
    shape.requiredIndex = 3
    shape.clearBits = 0xffc
    shape.comparesNextLevel = true
    return shape
  }

  /// The sizes that Linux can be configured with (ARM64_VA_BITS), a granule a line.
  private static var aarch64Shapes: [RootShape] {
    let sizes: [(PagingFormat.AArch64Granule, PagingFormat.AArch64OutputAddress, [UInt8])] = [
      (.kib4, .standard, [48, 39]), (.kib4, .lpa2, [52]),
      (.kib16, .standard, [48, 47, 36]), (.kib16, .lpa2, [52]),
      (.kib64, .standard, [48, 42]), (.kib64, .lpa, [52]),
    ]
    return sizes.flatMap { granule, output, bits in
      bits.compactMap {
        PagingFormat.aarch64(granule: granule, virtualAddressBits: $0, outputAddress: output)
      }
      .flatMap(aarch64Pair)
    }
  }

  private static func aarch64Pair(_ format: PagingFormat) -> [RootShape] {
    let lower = format.regions[0]
    let upper = format.regions[1]
    var user = RootShape(
      format, role: .lower, user: lower.first.rawValue...lower.last.rawValue, kernel: nil)
    var kernel = RootShape(
      format, role: .upper, user: nil, kernel: upper.first.rawValue...upper.last.rawValue)
    // A table descriptor has nothing between its type and its address, nor above the address, but for its access
    // flag, which Linux 6.13 and later set (FEAT_HAFT). Where an address's high bits are kept low (LPA) they are
    // left out of this: memory is not that large.
    user.clearBits = 0x07ff_0000_0000_0bfc | (1 << UInt64(format.pageSizeBits)) - 0x1000
    kernel.clearBits = user.clearBits
    // nG: a user's pages are not global. (Execute-only pages have no AP[1].) They are inner shareable, but with LPA2,
    // which has address bits there: this tells 48 bits from the beginning of 52.
    user.userLeafBits = 1 << 11 | (format.name.description.hasSuffix("lpa2") ? 0 : 3 << 8)
    // No kernel half speaks for it; the smallest program has its stack, its text and the vdso.
    user.minimumUserPages = 4
    return [user, kernel]
  }
}
