import Dispatch
import PageTables
import Synchronization

extension Workload {
  /// Counting every leaf with several threads: units are the tables of the PMD level, handed out by a counter.
  public static func threads(_ name: String, _ image: SyntheticImage, counts: [Int] = [1, 2, 4]) -> [Workload]
  {
    let walker = Walker(format: PagingFormat.x86_64, root: PageTableRoot(PhysicalAddress(0)))
    let format = walker.format
    var collector = UnitCollector(depth: 2)
    for root in image.roots {
      Walker(format: format, root: PageTableRoot(PhysicalAddress(root)))
        .enumerate(in: image.memory, visitor: &collector)
    }
    let units = collector.units
    let memory = image.memory
    var leaves = LeafCounter(format)
    for unit in units { walker.enumerate(unit, in: memory, visitor: &leaves) }
    let leafCount = Int(leaves.count)
    return counts.map { threadCount in
      Workload(
        "threads \(name)", "Swift, format as data, \(threadCount) thread\(threadCount == 1 ? "" : "s")",
        unit: "leaves", count: leafCount
      ) {
        let next = Atomic<Int>(0)
        let total = Mutex(LeafCounter(format))
        DispatchQueue.concurrentPerform(iterations: threadCount) { _ in
          var counter = LeafCounter(format)
          while true {
            let unit = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard unit < units.count else { break }
            walker.enumerate(units[unit], in: memory, visitor: &counter)
          }
          total.withLock { $0.add(counter) }
        }
        return total.withLock { $0.count &* 0x9e37_79b9_7f4a_7c15 &+ $0.sum }
      }
    }
  }
}
