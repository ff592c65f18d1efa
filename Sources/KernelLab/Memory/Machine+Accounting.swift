extension Machine {
  /// What an address space's page tables count, in bytes: VmPTE of `/proc/PID/status`. The top table is not in
  /// it; ARM's table of a page counts half of it.
  public func pageTableByteCount(of space: AddressSpace) -> UInt64 {
    var sum: UInt64 = 0
    for depth in space.tableCounts.indices where depth < profile.accountedTableBytes.count {
      sum &+= UInt64(max(0, space.tableCounts[depth])) &* profile.accountedTableBytes[depth]
    }
    return sum
  }
}
