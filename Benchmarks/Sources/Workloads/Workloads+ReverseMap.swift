import Dispatch
public import LinuxKernel
import PageTables
import Synchronization

extension Workload {
  /// The map from frames to mappings, beside counting the same leaves with as many threads.
  public static func reverseMap(_ name: String, _ image: SyntheticImage) -> [Workload] {
    guard let file = image.mappedImage(segments: 1) else { return [] }
    let memory = image.memory
    let set = image.tableSet
    let walker = Walker(format: set.format, root: PageTableRoot(PhysicalAddress(0)))
    var collector = UnitCollector(depth: 2)
    for root in image.roots {
      Walker(format: set.format, root: PageTableRoot(PhysicalAddress(root)))
        .enumerate(in: memory, visitor: &collector)
    }
    // The kernel's tables once, as the reverse map has them.
    var seen: Set<UInt64> = []
    let units = collector.units.filter { seen.insert($0.table.rawValue).inserted }
    let leafCount = ReverseMap(set, in: file).leafCount
    func workload(_ name: String, _ run: @escaping @Sendable () -> UInt64) -> Workload {
      Workload("reverse map big", name, unit: "leaves", count: leafCount, run: run)
    }
    return [
      workload("counting, 4 threads") {
        let next = Atomic<Int>(0)
        let total = Mutex(LeafCounter(walker.format))
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
          var counter = LeafCounter(walker.format)
          while true {
            let unit = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard unit < units.count else { break }
            walker.enumerate(units[unit], in: memory, visitor: &counter)
          }
          total.withLock { $0.add(counter) }
        }
        return total.withLock(\.count)
      },
      workload("reverse map, 4 threads") { UInt64(ReverseMap(set, in: file, threadCount: 4).leafCount) },
      workload("reverse map, 1 thread") { UInt64(ReverseMap(set, in: file, threadCount: 1).leafCount) },
      workload("reverse map, 4 threads, file opened and mapped anew") {
        guard let file = image.mappedImage(segments: 1) else { return 0 }
        return UInt64(ReverseMap(set, in: file, threadCount: 4).leafCount)
      },
    ]
  }
}

extension SyntheticImage {
  /// The tables of all processes; the kernel's own root is not one of them.
  public var tableSet: PageTableSet {
    PageTableSet(
      format: .x86_64, master: nil,
      processes: roots.enumerated().map { index, root in
        ProcessTables(pid: index + 1, command: "made-up", root: PageTableRoot(PhysicalAddress(root)))
      })
  }
}
