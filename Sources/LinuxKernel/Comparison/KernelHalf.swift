public import PageTables

/// Which addresses are the kernel's, and through which root they go.
public struct KernelHalf: Sendable {
  /// A range of the kernel's addresses that is translated through the process's own root.
  public struct Part: Hashable, Sendable {
    public var first: VirtualAddress
    /// Inclusive.
    public var last: VirtualAddress
    /// The level at which the root table stands, counted from the format's top.
    public var depth: Int
    /// How many address bits choose an entry of the root table.
    public var indexBits: UInt8
  }

  /// What of it is copied into the processes' tables, in address order.
  public var copied: [Part]
  /// The rest of the root that processes have: their own addresses.
  public var user: [Part]
  /// Whether (the rest of) the kernel has a root of its own.
  public var hasOwnRoot: Bool
  /// How the border between user and kernel is known.
  public var evidence: Evidence

  /// The lowest address of the kernel that is copied, if any is.
  public var start: VirtualAddress? { copied.first?.first }
}

extension KernelHalf {
  /// The lowest border that a 32-bit Linux can be built with: PAGE_OFFSET 40000000, and on ARM 16 MiB of
  /// modules below it (arch/x86/Kconfig and arch/arm/Kconfig, VMSPLIT_1G).
  static let lowestBorder: UInt64 = 0x3f00_0000

  /// Finds the kernel's part of the address space.
  ///
  /// Formats with two halves say it themselves. Where there is one 32-bit space, the border is
  /// `kernelStart` or, without it, taken from the kernel page table: it has nothing below the border, and
  /// something soon above. ARM keeps modules and pkmap in the 16 MiB below PAGE_OFFSET
  /// (arch/arm/include/asm/memory.h: TASK_SIZE), and PAGE_OFFSET is a multiple of 256 MiB there; so an entry
  /// in those 16 MiB, or at their end, puts the border at their start.
  ///
  /// - Returns: nil if there is no border to be found: the kernel page table is empty or unreadable, or
  ///   `kernelStart` is beyond the space.
  init?(
    of tables: PageTableSet, master: PageTableRoot, kernelStart: VirtualAddress?, startEvidence: Evidence?,
    in memory: borrowing some PhysicalMemory & ~Copyable
  ) {
    let format = tables.format
    let regions = (0..<format.regionCount).map { format.region($0) }
    hasOwnRoot = format.hasSeparateRoots
    copied = []
    user = []
    if format.addressBits == 64 {
      evidence = Evidence(.pageTables, "\(format.name) has two halves")
      for region in regions where region.root == .lower {
        let part = Part(region, from: region.first)
        if region.first.rawValue >> 63 == 1 { copied.append(part) } else { user.append(part) }
      }
      return
    }
    // The last region with the processes' root; nothing of the kernel lies in the others.
    guard let region = regions.last(where: { $0.root == .lower }) else { return nil }
    let start: VirtualAddress
    if let kernelStart {
      start = kernelStart
      evidence = startEvidence ?? Evidence(.user, "the user says so")
    } else if hasOwnRoot, master.lower == master.upper {
      // Only the kernel's own root is known, so that nothing tells what it has in the other.
      user = [Part(region, from: region.first)]
      evidence = Evidence(.pageTables, "the kernel has a root of its own")
      return
    } else {
      let reader = TableReader(format: format)
      var hasGaps = false
      let isHigh = region.last.rawValue >= Self.lowestBorder
      let found =
        !isHigh
        ? nil
        : reader.lowestEntry(
          of: master.lower, depth: Int(region.firstDepth), indexBits: region.firstIndexBits,
          from: VirtualAddress(max(region.first.rawValue, Self.lowestBorder)), through: region.last,
          hasGaps: &hasGaps, in: memory)
      guard let found else {
        guard hasOwnRoot else { return nil }
        user = [Part(region, from: region.first)]
        evidence = Evidence(.pageTables, "the kernel has a root of its own, and nothing in the processes'")
        return
      }
      (start, evidence) = Self.border(below: found, format: format)
      if hasGaps { evidence.detail += " (some entries below could not be read)" }
    }
    if start > region.first {
      var below = Part(region, from: region.first)
      below.last = VirtualAddress(min(start.rawValue &- 1, region.last.rawValue))
      user = [below]
    }
    guard start <= region.last else { return nil }
    copied = [Part(region, from: max(start, region.first))]
  }

  /// The border that the lowest entry of the kernel page table tells.
  private static func border(
    below found: VirtualAddress, format: PagingFormat
  ) -> (VirtualAddress, Evidence) {
    let lowest = "the kernel page table's lowest entry is at \(hexadecimalDigits(found.rawValue))"
    let isARM = format.name.description.hasPrefix("arm")
    let pageOffset = (found.rawValue &+ 0xfff_ffff) & ~0xfff_ffff
    guard isARM, pageOffset >= 0x100_0000, pageOffset &- found.rawValue <= 0x100_0000 else {
      return (found, Evidence(.pageTables, lowest))
    }
    return (
      VirtualAddress(pageOffset &- 0x100_0000),
      Evidence(
        .pageTables, lowest + "; ARM's kernel addresses begin 16 MiB below \(hexadecimalDigits(pageOffset))")
    )
  }
}

extension KernelHalf.Part {
  init(_ region: Region, from first: VirtualAddress) {
    self.first = first
    last = region.last
    depth = Int(region.firstDepth)
    indexBits = region.firstIndexBits
  }
}
