/// Reads a trace of any known form, a batch of records at a time.
///
/// ```swift
/// var reader = try TraceReader(path: "-")
/// var batch = TraceBatch()
/// while try reader.read(into: &batch) { use(batch) }
/// ```
///
/// The file is read in bounded blocks, so that it may be larger than memory, or standard input. What is
/// malformed ends the reading with an error that says where; the records before it have been given, and it is
/// never skipped.
public struct TraceReader: ~Copyable {
  public let format: TraceFormat
  private var input: TraceInput
  private var lackey = LackeyDecoder()
  private var compact: CompactDecoder

  /// Opens a trace, and recognises it by its content.
  ///
  /// - Parameter path: a file, or `-` for standard input.
  /// - Throws: if it cannot be read, or is no trace; what is compressed is named.
  public init(path: String) throws(TraceError) {
    try self.init(try TraceInput(path: path))
  }

  /// A trace that is in memory.
  public init(bytes: [UInt8], name: String) throws(TraceError) {
    try self.init(TraceInput(bytes: bytes, name: name))
  }

  init(_ input: consuming TraceInput) throws(TraceError) {
    _ = try input.require(TraceFormat.recognizedByteCount)
    let name = input.name
    let format = try input.withBytes { bytes throws(TraceError) in
      try TraceFormat.recognize(bytes, name: name)
    }
    var compact = CompactDecoder()
    if format == .compact { try compact.readHeader(&input) }
    self.format = format
    self.compact = compact
    self.input = input
  }

  /// The file's name, for messages.
  public var name: String { input.name }
  /// How many bytes of the trace were used.
  public var byteCount: UInt64 { input.offset }
  /// How many bits the trace's addresses have at most, where it says so.
  public var addressBits: Int? { format == .compact ? compact.addressBits : nil }

  /// Fills `batch` with the next records.
  ///
  /// - Returns: false at the end of the trace, when there are none.
  /// - Throws: where the trace is malformed or cannot be read; `batch` is empty then.
  public mutating func read(into batch: inout TraceBatch) throws(TraceError) -> Bool {
    batch.count = 0
    batch.counts = TraceCounts()
    batch.counts = try decode(into: &batch.records)
    batch.count = Int(batch.counts.total)
    return batch.count > 0
  }

  private mutating func decode(into array: inout [TraceRecord]) throws(TraceError) -> TraceCounts {
    var records = array.mutableSpan
    switch format {
    case .lackey: return try lackey.decode(&input, into: &records)
    case .champSim: return try ChampSimDecoder.decode(&input, into: &records)
    case .compact: return try compact.decode(&input, into: &records)
    }
  }
}
