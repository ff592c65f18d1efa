public import PageTables

/// The kernel's half of an address space by name, in two grains: the regions of the layout, and in them
/// what single stretches are for.
public struct KernelRegionMap: Sendable {
  /// The layout: where the linear map, vmalloc, the modules are. Ascending and disjoint; holes between them
  /// have no name.
  public var regions: RegionList
  /// What is known of stretches in those regions: vmalloc areas by who asked for them, modules by name.
  /// Ascending and disjoint.
  public var areas: RegionList
  /// All that the master maps, in address order, without gaps.
  public var mappings: [MappedRange]
  /// Whether every table could be read, and all ranges are in ``mappings``.
  public var isComplete: Bool
  /// What could not be found and why, in sentences.
  public var notes: [String]

  public init(
    regions: RegionList, areas: RegionList, mappings: [MappedRange], isComplete: Bool, notes: [String]
  ) {
    self.regions = regions
    self.areas = areas
    self.mappings = mappings
    self.isComplete = isComplete
    self.notes = notes
  }

  /// What `address` belongs to, as finely as is known.
  ///
  /// - Complexity: O(log n).
  public func region(at address: VirtualAddress) -> KernelRegion? {
    areas.region(at: address) ?? regions.region(at: address)
  }

  /// The indices of the mappings that touch the addresses from `first` to `last`.
  ///
  /// - Complexity: O(log n).
  public func mappings(from first: VirtualAddress, through last: VirtualAddress) -> Range<Int> {
    let start = mappings.partitioningIndex { $0.last >= first }
    let end = mappings.partitioningIndex { $0.first > last }
    return start..<Swift.max(start, end)
  }
}
