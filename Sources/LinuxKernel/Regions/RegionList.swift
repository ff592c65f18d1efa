public import PageTables

/// Regions in ascending order, disjoint. What is added earlier keeps its place; what is added later gets
/// what is left.
public struct RegionList: Hashable, Sendable, RandomAccessCollection {
  public private(set) var regions: [KernelRegion] = []

  public init() {}

  public var startIndex: Int { 0 }
  public var endIndex: Int { regions.count }
  public subscript(index: Int) -> KernelRegion { regions[index] }

  /// Where the first region is that does not end before `address`.
  ///
  /// - Complexity: O(log n).
  public func index(notBefore address: VirtualAddress) -> Int {
    regions.partitioningIndex { $0.last >= address }
  }

  /// The region that holds `address`.
  ///
  /// - Complexity: O(log n).
  public func region(at address: VirtualAddress) -> KernelRegion? {
    let index = index(notBefore: address)
    guard index < regions.count, regions[index].first <= address else { return nil }
    return regions[index]
  }

  /// Those parts of `region` that no region holds yet, in ascending order.
  public func free(in region: KernelRegion) -> [KernelRegion] {
    guard region.first <= region.last else { return [] }
    var pieces: [KernelRegion] = []
    var next = region.first
    var index = index(notBefore: region.first)
    while index < regions.count, regions[index].first <= region.last {
      if next < regions[index].first {
        var piece = region
        piece.first = next
        piece.last = VirtualAddress(regions[index].first.rawValue - 1)
        pieces.append(piece)
      }
      // A region that ends with the space leaves nothing.
      guard regions[index].last.rawValue != .max else { return pieces }
      next = VirtualAddress(regions[index].last.rawValue + 1)
      index += 1
    }
    if next <= region.last {
      var piece = region
      piece.first = next
      pieces.append(piece)
    }
    return pieces
  }

  /// Adds those parts of `region` that no region holds yet.
  public mutating func add(_ region: KernelRegion) {
    for piece in free(in: region) { regions.insert(piece, at: index(notBefore: piece.first)) }
  }
}
