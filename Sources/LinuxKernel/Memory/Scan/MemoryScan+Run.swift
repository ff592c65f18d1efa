import Dispatch
import PageTables
import Synchronization

extension MemoryScan {
  /// Looks through all RAM of `memory` once, on all processors.
  ///
  /// - Parameter progress: told now and then, from any thread, which share is done.
  /// - Complexity: linear in the RAM; what is kept is bounded.
  public static func run(
    over memory: KernelMemory, progress: (@Sendable (_ share: Double) -> Void)? = nil
  ) -> MemoryScan {
    let units = memory.units(ofBytes: 4 << 20)
    let next = Atomic<Int>(0)
    let total = Mutex(MemoryScan())
    DispatchQueue.concurrentPerform(iterations: workerCount(for: units.count)) { _ in
      var scan = PieceScan()
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < units.count else { break }
        scan.look(through: units[index], of: memory)
        progress?(Double(index + 1) / Double(units.count))
      }
      total.withLock { $0.merge(scan.found) }
    }
    return total.withLock { $0 }
  }

  private static func workerCount(for unitCount: Int) -> Int {
    max(1, min(unitCount, ProcessorCount.active))
  }
}

extension PieceScan {
  /// How far behind a piece one looks to finish what begins in it.
  static let overlapBytes = 64

  /// Looks through a unit piece by piece; what cannot be read in one go is tried page by page.
  mutating func look(through unit: RAMRange, of memory: KernelMemory) {
    var at = unit.first.rawValue
    while true {
      let left = unit.last.rawValue - at
      let count = Int(min(left, (256 << 10) - 1)) + 1
      look(atBytes: count, at: PhysicalAddress(at), of: memory)
      guard UInt64(count - 1) < left else { return }
      at += UInt64(count)
    }
  }

  private mutating func look(atBytes count: Int, at address: PhysicalAddress, of memory: KernelMemory) {
    let whole =
      lookOnce(atBytes: count, overlap: Self.overlapBytes, at: address, of: memory)
      || lookOnce(atBytes: count, overlap: 0, at: address, of: memory)
    if whole { return found.countBytes(UInt64(count), unreadable: 0) }
    var done = 0
    while done < count {
      let part = min(4096, count - done)
      let here = address.advanced(byBytes: UInt64(done))
      let read =
        lookOnce(atBytes: part, overlap: Self.overlapBytes, at: here, of: memory)
        || lookOnce(atBytes: part, overlap: 0, at: here, of: memory)
      found.countBytes(UInt64(part), unreadable: read ? 0 : UInt64(part))
      done += part
    }
  }

  private mutating func lookOnce(
    atBytes count: Int, overlap: Int, at address: PhysicalAddress, of memory: KernelMemory
  ) -> Bool {
    // The scan leaves the structure while it works: the closure may not change what it belongs to.
    var scan = PieceScan()
    swap(&scan, &self)
    defer { swap(&scan, &self) }
    let read: Void? = try? memory.searching.memory.withBytes(at: address, count: count + overlap) { bytes in
      scan.look(at: bytes, count: count, address: address)
    }
    return read != nil
  }
}
