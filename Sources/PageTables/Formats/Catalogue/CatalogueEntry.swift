#if !hasFeature(Embedded)
  /// A format of the catalogue: the value, how other address sizes of it are made, and the kernel eras whose
  /// not-present entries it knows.
  public struct CatalogueEntry: Sendable {
    /// The format as it is if nothing more is said.
    public let format: PagingFormat
    /// What kernels of different age write into entries that the hardware calls absent, newest first.
    public let notPresentTables: [NotPresentTable]
    private let resized: (@Sendable (UInt8) -> PagingFormat?)?

    /// A format that has one size.
    init(_ format: PagingFormat, _ notPresentTables: [NotPresentTable]) {
      self.format = format
      self.notPresentTables = notPresentTables
      resized = nil
    }

    /// A format whose virtual addresses can have several sizes.
    init(
      _ format: PagingFormat, _ notPresentTables: [NotPresentTable],
      resized: @escaping @Sendable (UInt8) -> PagingFormat?
    ) {
      self.format = format
      self.notPresentTables = notPresentTables
      self.resized = resized
    }

    /// The name, as the command line has it.
    public var name: String { format.name.description }

    /// How many bits of a virtual address the format translates.
    public var virtualAddressBits: Int { format.virtualAddressBits }

    /// The format for virtual addresses of that many bits, or nil if there is none.
    public func format(virtualAddressBits: Int) -> PagingFormat? {
      if virtualAddressBits == self.virtualAddressBits { return format }
      guard let bits = UInt8(exactly: virtualAddressBits) else { return nil }
      return resized?(bits)
    }
  }

  extension PagingFormat {
    /// How many bits of a virtual address choose entries or bytes, both halves together: 48 for `x86-64`.
    public var virtualAddressBits: Int {
      let first = regions[0]
      let half = Int(levels[Int(first.firstDepth)].shift) + Int(first.firstIndexBits)
      return half
    }
  }
#endif
