internal import PageTables

extension KernelMemory {
  /// The range that holds `address`, or nil.
  func range(containing address: PhysicalAddress) -> RAMRange? {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].last < address { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].first <= address ? ranges[low] : nil
  }
}
