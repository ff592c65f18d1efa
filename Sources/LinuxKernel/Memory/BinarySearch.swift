extension RandomAccessCollection where Index == Int {
  /// The first index from which on `isInSecondPart` holds, in a collection where it holds for all elements
  /// after the first for which it does; `endIndex` if there is none.
  ///
  /// - Complexity: logarithmic.
  @inline(__always)
  func partitioningIndex(where isInSecondPart: (Element) -> Bool) -> Int {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = (low + high) / 2
      if isInSecondPart(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
