public import MemoryImages
public import PageTables

/// From a frame of physical memory to all who reach it: every process, address and level, and the kernel.
///
/// One pass over all tables makes it, each table once however many processes share it. It holds 12 bytes for
/// each run of neighbouring leaves and 24 for each table; rights and flags are read from the tables when a
/// frame is asked for.
///
/// ```swift
/// let map = ReverseMap(tables, in: image)
/// let use = map.use(of: PhysicalAddress(0x1234_5000), in: image)
/// ```
///
/// A partial map says so: ``gaps`` tells what is missing. It never changes, so it is a class: whoever holds it
/// shares it, and any number of threads may ask it at once.
public final class ReverseMap: Sendable {
  /// The tables that it was made from.
  public let set: PageTableSet
  let graph: TableGraph
  let segments: [RunSegment]
  /// Leaf entries in all tables, a table that is shared counted once.
  public let leafCount: Int
  /// Runs of neighbouring leaves that map neighbouring frames.
  public let runCount: Int
  /// What is missing and why, in sentences; empty if the map is whole.
  public let gaps: [String]

  /// How many tables there are; one that serves at two levels is two.
  public var tableCount: Int { graph.nodes.count }
  /// What the map occupies in memory.
  public var byteCount: Int { graph.byteCount + segments.reduce(0) { $0 + $1.byteCount } }

  /// Reads all tables of `set`.
  ///
  /// - Parameters:
  ///   - set: the roots. Of the kernel's own table only the part is used that processes have a copy of: where
  ///     the halves have roots of their own, the upper.
  ///   - memory: where the tables are.
  ///   - limits: how much may be held; beyond it the map is partial.
  ///   - threadCount: how many threads read; nil for one a processor.
  ///   - progress: told now and then, from any thread, which part of a level's tables has been read.
  /// - Complexity: each table is read once; the runs are sorted.
  public init(
    _ set: PageTableSet, in memory: some PhysicalMemory & Sendable,
    limits: ReverseMapLimits = ReverseMapLimits(), threadCount: Int? = nil,
    progress: (@Sendable (Double) -> Void)? = nil
  ) {
    var builder = ReverseMapBuilder(set, limits: limits, threadCount: threadCount, progress: progress)
    builder.readAll(in: memory)
    self.set = set
    (graph, segments, gaps) = (builder.graph, builder.segments, builder.gaps)
    (leafCount, runCount) = (builder.leafCount, builder.runCount)
  }

  /// The same for an image, whose memory is then used by its own type: several times faster.
  public init(
    _ set: PageTableSet, in image: MemoryImage, limits: ReverseMapLimits = ReverseMapLimits(),
    threadCount: Int? = nil, progress: (@Sendable (Double) -> Void)? = nil
  ) {
    var builder = ReverseMapBuilder(set, limits: limits, threadCount: threadCount, progress: progress)
    switch image.storage {
    case .mapped(let memory): builder.readAll(in: memory)
    case .paged(let memory): builder.readAll(in: memory)
    }
    self.set = set
    (graph, segments, gaps) = (builder.graph, builder.segments, builder.gaps)
    (leafCount, runCount) = (builder.leafCount, builder.runCount)
  }
}
