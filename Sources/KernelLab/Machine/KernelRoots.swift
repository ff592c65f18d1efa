import PageTableEditing
import PageTables

/// The top tables of the kernel page table (`swapper_pg_dir`).
struct KernelRoots {
  var kernel: PageTableRoot
  /// With page-table isolation the user copy, in the page behind.
  var user: PageTableRoot?

  /// Finds their places: where the image has them, or wherever frames are free. RAM is new, so the tables
  /// are empty.
  init(
    _ profile: Profile, format: EditingFormat, frames: inout FrameAllocator
  ) throws(BootError) {
    func place(_ root: Region.Root) throws(BootError) -> UInt64 {
      let sizeBits = format.rootSizeBits(for: root) ?? profile.format.pageSizeBits
      let order = max(0, Int(sizeBits) - Int(profile.format.pageSizeBits)) + (profile.isIsolated ? 1 : 0)
      let bits = UInt64(profile.format.pageSizeBits)
      if let offset = profile.image.masterOffset {
        let frame = (profile.ramBase &+ offset) >> bits
        frames.describe(frame, order: order, kind: .pageTable)
        return frame << bits
      }
      guard let frame = frames.allocate(order: order, zone: .normal, kind: .pageTable) else {
        throw .badRAM(byteCount: profile.ramByteCount, reason: "no frame for the kernel page table")
      }
      return frame << bits
    }
    let hasTwo = format.paging.regions.elements.contains { $0.root == .upper }
    let lower = try place(.lower)
    // AArch64's kernel has an empty table for the lower half (`reserved_pg_dir`).
    kernel = PageTableRoot(
      lower: PhysicalAddress(lower), upper: PhysicalAddress(hasTwo ? try place(.upper) : lower))
    if profile.isIsolated {
      user = PageTableRoot(PhysicalAddress(lower &+ 1 << UInt64(profile.format.pageSizeBits)))
    }
  }
}
