public import MemoryImages
import PageTables

extension KernelMemory {
  /// The memory of an image, with the ranges that it has bytes of (pages known to be zero included), and those
  /// that it left out.
  ///
  /// - Complexity: linear in the number of ranges.
  public init(_ image: MemoryImage) {
    var ranges: [RAMRange] = []
    var ram: [RAMRange] = []
    for range in image.ranges {
      ram.append(joining: range)
      if range.state == .present || range.state == .zero { ranges.append(joining: range) }
    }
    self.init(image, ranges: ranges, ram: ram)
  }
}

extension [RAMRange] {
  /// Adds a range that lies behind all others; it becomes one with its neighbour.
  fileprivate mutating func append(joining range: ImageRange) {
    if let last = last?.last, last.rawValue &+ 1 == range.start.rawValue {
      self[count - 1].last = range.last
    } else {
      append(RAMRange(first: range.start, last: range.last))
    }
  }
}
