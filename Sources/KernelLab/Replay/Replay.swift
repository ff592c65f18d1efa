/// Replays a trace on several targets in one pass: every batch is decoded once and handed to each of them.
///
/// ```swift
/// let small = ReplayLane(machine, pageSizeBits: 12)
/// let large = ReplayLane(otherMachine, pageSizeBits: 16)
/// var reader = try TraceReader(path: "-")
/// let counts = try Replay.run(&reader, on: [small, large])
/// ```
public enum Replay {
  /// Reads the trace to its end.
  ///
  /// - Parameters:
  ///   - recordLimit: the reading stops after the batch that reaches so many records.
  ///   - progress: told after every batch how many records were replayed; false stops.
  /// - Returns: how many records of which kind the targets were given.
  /// - Throws: where the trace is malformed; the targets have had all that comes before.
  public static func run(
    _ reader: inout TraceReader, on lanes: [any ReplayReceiver], recordLimit: UInt64 = .max,
    progress: (TraceCounts) -> Bool = { _ in true }
  ) throws(TraceError) -> TraceCounts {
    var batch = TraceBatch()
    var counts = TraceCounts()
    while counts.total < recordLimit, try reader.read(into: &batch) {
      for lane in lanes { lane.receive(batch) }
      counts.add(batch.counts)
      guard progress(counts) else { break }
    }
    return counts
  }

  /// Copies a trace of any form into the compact one.
  ///
  /// - Returns: how many records of which kind it has.
  public static func convert(
    _ reader: inout TraceReader, to writer: consuming TraceWriter
  ) throws(TraceError) -> TraceCounts {
    var batch = TraceBatch()
    while try reader.read(into: &batch) { try writer.append(batch) }
    let counts = writer.counts
    try writer.finish()
    return counts
  }
}
