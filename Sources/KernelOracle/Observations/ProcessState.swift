/// All that is seen of one process.
public struct ProcessState: Hashable, Sendable {
  public var slot: Int
  public var counters: Counters
  /// In ascending order, without the agent's own areas and whatever lies above user addresses.
  public var areas: [ObservedArea]
  /// The pages of the areas that have an entry, in ascending order.
  public var pages: [ObservedPage]

  public init(slot: Int, counters: Counters, areas: [ObservedArea], pages: [ObservedPage]) {
    self.slot = slot
    self.counters = counters
    self.areas = areas
    self.pages = pages
  }

  /// The entry of the page at an address; nil where there is none. Takes logarithmic time.
  public func entry(at address: UInt64, pageSizeBytes: UInt64 = 4096) -> PageEntry? {
    let number = address / pageSizeBytes
    var low = 0
    var high = pages.count
    while low < high {
      let middle = (low + high) / 2
      if pages[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low < pages.count && pages[low].number == number ? pages[low].entry : nil
  }

  /// The area that holds an address.
  public func area(at address: UInt64) -> ObservedArea? {
    areas.first { $0.start <= address && address < $0.end }
  }
}
