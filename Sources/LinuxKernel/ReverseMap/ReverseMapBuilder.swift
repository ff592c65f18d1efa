import Dispatch
import Glibc
import PageTables
import Synchronization

/// Reads tables level by level, with several threads, and never a table twice at the same level.
struct ReverseMapBuilder {
  private(set) var graph: TableGraph
  private(set) var segments: [RunSegment] = []
  private(set) var leafCount = 0
  private(set) var runCount = 0
  private(set) var gaps: [String] = []
  private let limits: ReverseMapLimits
  private let threadCount: Int
  private let progress: (@Sendable (Double) -> Void)?

  /// What one thread has; it is nobody else's while a level is being read.
  private final class Worker: Sendable {
    let reader: Mutex<LeafRunReader>
    init(_ reader: sending LeafRunReader) { self.reader = Mutex(reader) }
  }

  /// How many tables a thread takes at a time.
  private static let batchCount = 32

  init(
    _ set: PageTableSet, limits: ReverseMapLimits, threadCount: Int?,
    progress: (@Sendable (Double) -> Void)?
  ) {
    graph = TableGraph(set)
    self.limits = limits
    self.threadCount = min(max(threadCount ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1), 256)
    self.progress = progress
  }

  /// What the threads share.
  private final class Counters: Sendable {
    let nextTable = Atomic<Int>(0)
    let entryCount = Atomic<Int>(0)
  }

  /// Reads all levels, top first.
  mutating func readAll(in memory: some PhysicalMemory & Sendable) {
    let walker = Walker(format: graph.format, root: PageTableRoot(PhysicalAddress(0)))
    let workers = (0..<threadCount).map { _ in
      Worker(LeafRunReader(walker, RunCollector(walker.format)))
    }
    let counters = Counters()
    var edges: [TableEdge] = []
    var leftOut = 0
    var isFull = false
    for depth in 0..<walker.format.levelCount {
      leftOut += graph.addLevel(depth, edges: edges, tableLimit: limits.tableCount)
      edges = []
      guard !isFull else { break }
      isFull = !readLevel(depth, with: workers, counters, in: memory)
      for worker in workers { edges += worker.reader.withLock { $0.takeEdges() } }
    }
    finish(workers)
    if leftOut > 0 {
      gaps.append("the limit of \(limits.tableCount) tables was met: \(leftOut) tables are left out")
    }
    if isFull {
      gaps.append("the limit of \(limits.entryCount) entries was met: not all tables were read")
    }
  }

  /// Reads the tables of one level; false if the limit of entries was met.
  private func readLevel(
    _ depth: Int, with workers: [Worker], _ counters: Counters, in memory: some PhysicalMemory & Sendable
  ) -> Bool {
    let tables = graph.tables(at: depth)
    guard !tables.isEmpty else { return true }
    let nodes = graph.nodes
    let spans = graph.spans
    let limit = limits.entryCount
    let batchCount = Self.batchCount
    // Nearly all tables are the last level's.
    let progress = depth + 1 == graph.format.levelCount ? progress : nil
    let geometry = graph.format.geometry(depth)
    let tableByteCount = 1 << Int(geometry.entrySizeBits &+ geometry.indexBits)
    counters.nextTable.store(tables.lowerBound, ordering: .relaxed)
    let threadCount = min(workers.count, (tables.count + batchCount - 1) / batchCount)
    DispatchQueue.concurrentPerform(iterations: threadCount) { index in
      workers[index].reader.withLock { reader in
        while counters.entryCount.load(ordering: .relaxed) < limit {
          let first = counters.nextTable.wrappingAdd(batchCount, ordering: .relaxed).oldValue
          guard first < tables.upperBound else { break }
          let before = reader.entryCount
          for table in first..<min(first + batchCount, tables.upperBound) {
            // The next table comes closer while this one is being read.
            if table + 1 < nodes.count {
              memory.prefetch(at: PhysicalAddress(nodes[table + 1].address), count: tableByteCount)
            }
            reader.read(nodes[table], number: table, depth: depth, in: memory)
          }
          reader.seal(spans, ifFull: true)
          counters.entryCount.wrappingAdd(reader.entryCount - before, ordering: .relaxed)
          progress?(Double(first - tables.lowerBound) / Double(tables.count))
        }
      }
    }
    return counters.nextTable.load(ordering: .relaxed) >= tables.upperBound
  }

  /// Sorts what the threads have left, and takes over what they found.
  private mutating func finish(_ workers: [Worker]) {
    let spans = graph.spans
    DispatchQueue.concurrentPerform(iterations: workers.count) { index in
      workers[index].reader.withLock { $0.seal(spans, ifFull: false) }
    }
    var unreadable = UnreadableTables()
    var excessCount = 0
    for worker in workers {
      worker.reader.withLock { reader in
        let found = reader.collector
        segments += found.segments
        leafCount += found.leafCount
        runCount += found.runCount
        excessCount += found.excessCount
        unreadable.add(reader.unreadable)
      }
    }
    if let first = unreadable.first {
      gaps.append(
        "\(unreadable.count) tables or pages of tables cannot be read (\(first.fault)), the first in the "
          + "table at \(String(first.table, radix: 16))")
    }
    if excessCount > 0 {
      gaps.append("\(excessCount) mappings lead to frame numbers of more than 44 bits: left out")
    }
  }
}
