import PageTables

extension [RAMRange] {
  /// Whether one of the ranges, which are ascending and disjoint, has a byte at `address`.
  ///
  /// - Complexity: logarithmic in the number of ranges.
  func hasByte(at address: PhysicalAddress) -> Bool {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].last < address { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low].first <= address
  }
}
