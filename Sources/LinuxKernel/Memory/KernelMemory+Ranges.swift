import PageTables

extension KernelMemory {
  /// The range that holds `address`, or nil.
  func range(containing address: PhysicalAddress) -> RAMRange? { ranges.range(containing: address) }
}
