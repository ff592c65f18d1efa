extension AddressSpace {
  /// The first address that an area's guard gap leaves to others below it (`vm_start_gap`).
  func gapTop(_ area: Area, rules: AreaRules) -> UInt64 {
    guard area.flags.contains(.growsDown) else { return area.start }
    let gap = rules.stackGapPages &<< pageSizeBits
    return area.start > gap ? area.start &- gap : 0
  }

  /// The highest free stretch of `byteCount` bytes below `top` (`vm_unmapped_area`, top-down); nil if there
  /// is none.
  ///
  /// Below an area that grows downwards the gap stays free, and then in all lower holes too: as the kernel
  /// searches again below the gap (6.1 to 6.18).
  func hole(of byteCount: UInt64, below top: UInt64, lowest: UInt64, rules: AreaRules) -> UInt64? {
    var limit = top
    var index = areas.count
    while index >= 0 {
      let ceiling = index < areas.count ? min(limit, areas[index].start) : limit
      let floor = max(index > 0 ? areas[index - 1].end : lowest, lowest)
      if ceiling >= floor, ceiling &- floor >= byteCount {
        if index < areas.count, areas[index].flags.contains(.growsDown) {
          let gapTop = gapTop(areas[index], rules: rules)
          if gapTop < ceiling {
            limit = gapTop
            continue
          }
        }
        return ceiling &- byteCount
      }
      index -= 1
    }
    return nil
  }

  /// Where a new area of `byteCount` bytes goes (`get_unmapped_area`); nil if it fits nowhere.
  ///
  /// - Parameter aligns: private anonymous memory, which is aligned to huge pages by the kernels that do
  ///   so if its length is a multiple of theirs (`thp_get_unmapped_area`, 6.7).
  func place(_ byteCount: UInt64, below top: UInt64, lowest: UInt64, aligns: Bool, rules: AreaRules)
    -> UInt64?
  {
    let alignment = rules.mmapAlignmentPages &<< pageSizeBits
    if aligns, alignment != 0, byteCount & (alignment &- 1) == 0, byteCount <= top,
      let address = hole(of: byteCount &+ alignment, below: top, lowest: lowest, rules: rules)
    {
      let offset = (0 &- address) & (alignment &- 1)
      return address &+ (offset == 0 ? alignment : offset)
    }
    return hole(of: byteCount, below: top, lowest: lowest, rules: rules)
  }
}
