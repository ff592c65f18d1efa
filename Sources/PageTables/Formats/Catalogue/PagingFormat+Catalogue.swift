#if !hasFeature(Embedded)
  extension PagingFormat {
    /// Every format, a line each. A new one is a file of values and a line here.
    public static let entries: [CatalogueEntry] = [
      CatalogueEntry(.x86, NotPresentTable.i386Eras),
      CatalogueEntry(.x86PAE, NotPresentTable.x86PAEEras),
      CatalogueEntry(.x86_64, NotPresentTable.x86Eras()),
      CatalogueEntry(.x86_64LA57, NotPresentTable.x86Eras(frameBits: 40)),
      CatalogueEntry(.arm, NotPresentTable.armEras),
      CatalogueEntry(.armLPAE, NotPresentTable.armLPAEEras),
      aarch64Entry(.kib4, .standard),
      aarch64Entry(.kib4, .lpa2),
      aarch64Entry(.kib16, .standard),
      aarch64Entry(.kib16, .lpa2),
      aarch64Entry(.kib64, .standard),
      aarch64Entry(.kib64, .lpa),
      CatalogueEntry(.riscvSv32, NotPresentTable.riscv32Eras),
      CatalogueEntry(.riscvSv39, NotPresentTable.riscv64Eras),
      CatalogueEntry(.riscvSv48, NotPresentTable.riscv64Eras),
      CatalogueEntry(.riscvSv57, NotPresentTable.riscv64Eras),
      CatalogueEntry(.alpha, NotPresentTable.alphaEras),
      CatalogueEntry(.loongarch4K, NotPresentTable.loongarchEras(pageSizeBits: 12)),
      CatalogueEntry(.loongarch16K, NotPresentTable.loongarchEras(pageSizeBits: 14)),
    ]

    /// Every format of the catalogue, in the size it has if nothing more is said.
    public static var catalogue: [PagingFormat] { entries.map(\.format) }

    /// The format of that name (`x86-64`, `aarch64-4k-lpa2`), or nil if there is none.
    ///
    /// - Parameters:
    ///   - name: a name of the catalogue.
    ///   - virtualAddressBits: how many bits a virtual address has, for the formats that come in several
    ///     sizes (AArch64; 48 if nil). Nil is returned where the format has no such size.
    public static func named(_ name: String, virtualAddressBits: Int? = nil) -> PagingFormat? {
      guard let entry = entries.first(where: { $0.name == name }) else { return nil }
      guard let virtualAddressBits else { return entry.format }
      return entry.format(virtualAddressBits: virtualAddressBits)
    }

    /// The kernel eras whose not-present entries are known for this format, newest first; empty for a format
    /// that is not in the catalogue. Choose one with ``reading(notPresent:)``.
    public var notPresentTables: [NotPresentTable] {
      Self.entries.first { $0.name == name.description }?.notPresentTables ?? []
    }

    private static func aarch64Entry(
      _ granule: AArch64Granule, _ output: AArch64OutputAddress
    ) -> CatalogueEntry {
      // 48 bits exist with every granule and every kind of output address that the list above names.
      CatalogueEntry(
        aarch64(granule: granule, outputAddress: output) ?? .aarch64,
        NotPresentTable.arm64Eras(granule, output),
        resized: { aarch64(granule: granule, virtualAddressBits: $0, outputAddress: output) })
    }
  }
#endif
