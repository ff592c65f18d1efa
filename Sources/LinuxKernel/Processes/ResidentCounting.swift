import PageTables

/// Reads what a kernel counted of its processes' pages in memory; made once for all of them.
public struct ResidentCounting: Sendable {
  private let kernel: Kernel
  private let counters: ResidentCounters
  /// Where the counters are in an `mm_struct`.
  private let start: Int
  private let reader: MasterReader?
  /// How far each processor's own variables are from where pointers to them lead (`__per_cpu_offset`); empty
  /// where that is not known.
  private let processors: [UInt64]

  /// Nil where nothing tells where the counters are.
  ///
  /// - Complexity: where processors have counts of their own the kernel's symbols are read.
  public init?(_ kernel: Kernel) {
    guard let counters = kernel.residentCounters, let start = kernel.layout["mm_struct.rss_stat"] else {
      return nil
    }
    self.kernel = kernel
    self.counters = counters
    self.start = start
    reader = kernel.master.map {
      MasterReader(format: kernel.format, master: PageTableRoot($0.value), memory: kernel.memory)
    }
    processors =
      counters.pointerOffset == nil ? [] : reader.flatMap { Self.processors(kernel, counters, $0) } ?? []
  }

  /// The distances of the processors that there can be; nil if they cannot be read.
  private static func processors(
    _ kernel: Kernel, _ counters: ResidentCounters, _ reader: MasterReader
  ) -> [UInt64]? {
    guard let distances = kernel.symbols?.address(of: "__per_cpu_offset"),
      let set = kernel.symbols?.address(of: "__cpu_possible_mask")
    else { return nil }
    var found: [UInt64] = []
    for place in 0..<counters.processorSetByteCount / reader.wordByteCount {
      guard let bits = reader.pointer(at: set &+ UInt64(place) &* reader.word) else { return nil }
      for bit in 0..<reader.wordByteCount * 8 where bits >> UInt64(bit) & 1 == 1 {
        let number = UInt64(place * reader.wordByteCount * 8 + bit)
        guard let distance = reader.pointer(at: distances &+ number &* reader.word) else { return nil }
        found.append(distance)
      }
    }
    return found
  }

  /// The counts of the task's process; nil for a task without memory, and where they cannot be read.
  public func pages(of task: Task) -> ResidentPages? {
    guard task.memoryDescriptor != 0,
      let descriptor = kernel.pointers.physical(of: task.memoryDescriptor, in: kernel.memory)
    else { return nil }
    // Up to 6.1 threads count for themselves, too; that is small, and no list of threads is surely whole.
    var isApproximate = counters.pointerOffset != nil && processors.isEmpty
    func count(_ number: Int) -> Int? {
      let place = descriptor.offset(by: start + number * counters.strideBytes)
      guard
        let word = kernel.memory.word(
          at: place.offset(by: counters.sumOffset), byteCount: counters.sumByteCount)
      else { return nil }
      var sum =
        counters.sumByteCount == 4 ? Int64(Int32(truncatingIfNeeded: word)) : Int64(bitPattern: word)
      if let own = processorsSum(of: place) {
        sum &+= own
      } else if !processors.isEmpty {
        isApproximate = true
      }
      // What one processor added and another one took away may leave a sum below zero for a while.
      return Int(max(0, min(sum, 1 << 40)))
    }
    guard let file = count(counters.file), let anonymous = count(counters.anonymous),
      let swapped = count(counters.swapped), let shared = count(counters.sharedMemory)
    else { return nil }
    return ResidentPages(
      fileCount: file, anonymousCount: anonymous, sharedMemoryCount: shared, swappedCount: swapped,
      isApproximate: isApproximate)
  }

  /// What single processors counted for the counter at `place`; nil if one of them cannot be read.
  private func processorsSum(of place: PhysicalAddress) -> Int64? {
    guard let offset = counters.pointerOffset, let reader, !processors.isEmpty,
      let pointer = kernel.memory.word(at: place.offset(by: offset), byteCount: reader.wordByteCount)
    else { return nil }
    var sum: Int64 = 0
    for distance in processors {
      guard let count = reader.number32(at: (pointer &+ distance) & kernel.pointers.wordMask) else {
        return nil
      }
      sum += Int64(Int32(bitPattern: count))
    }
    return sum
  }
}
