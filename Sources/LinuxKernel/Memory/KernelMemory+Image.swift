public import MemoryImages
import PageTables

extension KernelMemory {
  /// The memory of an image, with the ranges that it has bytes of (pages known to be zero included).
  ///
  /// - Complexity: linear in the number of ranges.
  public init(_ image: MemoryImage) {
    var ranges: [RAMRange] = []
    for range in image.ranges where range.state == .present || range.state == .zero {
      if let last = ranges.last, last.last.rawValue &+ 1 == range.start.rawValue {
        ranges[ranges.count - 1].last = range.last
      } else {
        ranges.append(RAMRange(first: range.start, last: range.last))
      }
    }
    self.init(image, ranges: ranges)
  }
}
