#if !hasFeature(Embedded)
  // Newest first. Where a type count depends on the configuration, x86-64 and arm64 have every option, as
  // distributions build them, and the others only migration.

  extension NotPresentTable {
    static func x86Eras(frameBits: UInt8 = 34) -> [NotPresentTable] {
      [
        x86(
          since: KernelRelease(6, 15), era: "Linux 6.15 and later, x86-64", frameBits: frameBits,
          special: .linux6v15),
        x86(
          since: KernelRelease(6, 2), era: "Linux 6.2 to 6.14, x86-64", frameBits: frameBits,
          special: .linux6v2),
        x86(
          since: KernelRelease(5, 19), era: "Linux 5.19 to 6.1, x86-64", frameBits: frameBits,
          special: .linux5v19),
        x86(
          since: KernelRelease(5, 14), era: "Linux 5.14 to 5.18, x86-64", frameBits: frameBits,
          special: .linux5v14),
        x86(
          since: KernelRelease(4, 18), era: "Linux 4.18 to 5.13, x86-64", frameBits: frameBits,
          special: .linux4v14),
        x86BeforeInversion(
          since: KernelRelease(4, 14), era: "Linux 4.14 to 4.17, x86-64", special: .linux4v14),
      ]
    }

    static var x86PAEEras: [NotPresentTable] {
      [
        x86PAE(
          since: KernelRelease(6, 2), era: "Linux 6.2 and later, i386 with PAE",
          special: .linux6v2.migrationOnly),
        x86PAE(
          since: KernelRelease(5, 19), era: "Linux 5.19 to 6.1, i386 with PAE",
          special: .linux5v19.withoutMarkers.migrationOnly),
        x86PAE(
          since: KernelRelease(4, 18), era: "Linux 4.18 to 5.18, i386 with PAE",
          special: .linux4v14.migrationOnly),
      ]
    }

    static var i386Eras: [NotPresentTable] {
      [
        i386(
          since: KernelRelease(6, 2), era: "Linux 6.2 and later, i386 without PAE",
          special: .linux6v2.migrationOnly),
        i386(
          since: KernelRelease(5, 19), era: "Linux 5.19 to 6.1, i386 without PAE",
          special: .linux5v19.withoutMarkers.migrationOnly),
        i386(
          since: KernelRelease(4, 0), era: "Linux 4.0 to 5.18, i386 without PAE",
          special: .linux4v14.migrationOnly),
      ]
    }

    static var armEras: [NotPresentTable] {
      [
        .arm,
        arm(
          since: KernelRelease(6, 2), era: "Linux 6.2, ARM short descriptors", type: 2...6, offset: 7...31,
          special: .linux6v2.migrationOnly),
        arm(
          since: KernelRelease(5, 19), era: "Linux 5.19 to 6.1, ARM short descriptors", type: 2...6,
          offset: 7...31,
          special: .linux5v19.withoutMarkers.migrationOnly),
        arm(
          since: KernelRelease(4, 0), era: "Linux 4.0 to 5.18, ARM short descriptors", type: 2...6,
          offset: 7...31,
          special: .linux4v14.migrationOnly),
        arm(
          since: KernelRelease(3, 8), era: "Linux 3.8 to 3.19, ARM short descriptors", type: 3...7,
          offset: 8...31,
          special: .linux4v14.migrationOnly),
        arm(
          since: KernelRelease(2, 6), era: "Linux 2.6.38 to 3.7, ARM short descriptors", type: 3...8,
          offset: 9...31,
          special: .linux4v14.migrationOnly, hasNone: false),
      ]
    }

    static var armLPAEEras: [NotPresentTable] {
      [
        .armLPAE,
        armLPAE(
          since: KernelRelease(6, 2), era: "Linux 6.2, ARM LPAE", type: 2...6, offset: 7...31,
          special: .linux6v2.migrationOnly),
        armLPAE(
          since: KernelRelease(5, 19), era: "Linux 5.19 to 6.1, ARM LPAE", type: 2...6, offset: 7...31,
          special: .linux5v19.withoutMarkers.migrationOnly),
        armLPAE(
          since: KernelRelease(4, 0), era: "Linux 4.0 to 5.18, ARM LPAE", type: 2...6, offset: 7...31,
          special: .linux4v14.migrationOnly),
        armLPAE(
          since: KernelRelease(3, 8), era: "Linux 3.8 to 3.19, ARM LPAE", type: 3...7, offset: 8...31,
          special: .linux4v14.migrationOnly),
      ]
    }

    static func arm64Eras(
      _ granule: PagingFormat.AArch64Granule, _ output: PagingFormat.AArch64OutputAddress
    ) -> [NotPresentTable] {
      [
        arm64Invalid(
          since: KernelRelease(6, 15), era: "Linux 6.15 and later, arm64", granule, output,
          special: .linux6v15),
        arm64(granule, output),
        arm64Bit58(
          since: KernelRelease(6, 2), era: "Linux 6.2 to 6.10, arm64", granule, output, special: .linux6v2),
        arm64Bit58(
          since: KernelRelease(5, 19), era: "Linux 5.19 to 6.1, arm64", granule, output,
          special: .linux5v19.withoutMarkers),
        arm64WideType(
          since: KernelRelease(5, 14), era: "Linux 5.14 to 5.18, arm64", granule, output, special: .linux5v14),
        arm64WideType(
          since: KernelRelease(4, 14), era: "Linux 4.14 to 5.13, arm64", granule, output, special: .linux4v14),
      ]
    }

    // PROT_NONE was the read bit until 5.16, and the type stood lower.
    static var riscv64Eras: [NotPresentTable] {
      [
        .riscv64,
        riscv64(
          since: KernelRelease(6, 2), era: "Linux 6.2, RV64", type: 6...10, special: .linux6v2.migrationOnly),
        riscv64(
          since: KernelRelease(5, 19), era: "Linux 5.19 to 6.1, RV64", type: 6...10,
          special: .linux5v19.withoutMarkers.migrationOnly),
        riscv64(
          since: KernelRelease(5, 17), era: "Linux 5.17 and 5.18, RV64", type: 6...10,
          special: .linux4v14.migrationOnly),
        riscv64(
          since: KernelRelease(4, 15), era: "Linux 4.15 to 5.16, RV64", type: 2...6,
          special: .linux4v14.migrationOnly,
          protectionNoneBit: 1),
      ]
    }

    static var riscv32Eras: [NotPresentTable] {
      [
        .riscv32,
        riscv32(
          since: KernelRelease(6, 2), era: "Linux 6.2, RV32", type: 6...10, special: .linux6v2.migrationOnly),
        riscv32(
          since: KernelRelease(5, 19), era: "Linux 5.19 to 6.1, RV32", type: 6...10,
          special: .linux5v19.withoutMarkers.migrationOnly),
        riscv32(
          since: KernelRelease(5, 17), era: "Linux 5.17 and 5.18, RV32", type: 6...10,
          special: .linux4v14.migrationOnly),
        riscv32(
          since: KernelRelease(4, 15), era: "Linux 4.15 to 5.16, RV32", type: 2...6,
          special: .linux4v14.migrationOnly,
          protectionNoneBit: 1),
      ]
    }

    static var alphaEras: [NotPresentTable] {
      [
        .alpha,
        alpha(
          since: KernelRelease(6, 2), era: "Linux 6.2, Alpha", type: 32...39, special: .linux6v2.migrationOnly
        ),
        alpha(
          since: KernelRelease(5, 19), era: "Linux 5.19 to 6.1, Alpha", type: 32...39,
          special: .linux5v19.withoutMarkers.migrationOnly),
        alpha(
          since: KernelRelease(2, 6), era: "Linux 2.6 to 5.18, Alpha", type: 32...39,
          special: .linux4v14.migrationOnly),
      ]
    }
  }
#endif
