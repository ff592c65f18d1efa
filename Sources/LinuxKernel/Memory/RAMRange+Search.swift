import PageTables

extension [RAMRange] {
  /// The range of these, which are ascending and disjoint, that has the byte at `address`; nil if none has.
  ///
  /// - Complexity: logarithmic in the number of ranges.
  func range(containing address: PhysicalAddress) -> RAMRange? {
    let index = partitioningIndex { $0.last >= address }
    return index < count && self[index].first <= address ? self[index] : nil
  }

  /// Whether one of the ranges has a byte at `address`.
  func hasByte(at address: PhysicalAddress) -> Bool { range(containing: address) != nil }
}
