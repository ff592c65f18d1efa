import Glibc

/// Writes a trace in the compact form, to a file or to standard output.
///
/// ```swift
/// var writer = try TraceWriter(path: "program.trace", addressBits: 48)
/// while try reader.read(into: &batch) { try writer.append(batch) }
/// try writer.finish()
/// ```
///
/// A trace that was not finished has no end, and readers say that it is cut off.
public struct TraceWriter: ~Copyable {
  private let name: String
  private let descriptor: Int32
  private let isOwner: Bool
  private var encoder: TraceEncoder
  private var buffer: [UInt8] = []

  /// Creates the file, or empties it.
  ///
  /// - Parameters:
  ///   - path: `-` for standard output.
  ///   - addressBits: how many bits an address may have, 1 to 64.
  public init(path: String, addressBits: Int = 64) throws(TraceError) {
    name = path == "-" ? "standard output" : path
    descriptor = path == "-" ? 1 : unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    isOwner = path != "-"
    encoder = TraceEncoder(addressBits: min(max(addressBits, 1), 64))
    guard descriptor >= 0 else {
      throw TraceError(path, "cannot be created: \(TraceInput.systemMessage)")
    }
    encoder.head(into: &buffer)
  }

  deinit {
    if isOwner, descriptor >= 0 { close(descriptor) }
  }

  /// What was written so far.
  public var counts: TraceCounts { encoder.counts }

  /// Writes the records of a batch as one block.
  ///
  /// - Throws: if one of them does not fit, and then none is written; or if the file cannot be written.
  public mutating func append(_ batch: borrowing TraceBatch) throws(TraceError) {
    guard batch.count > 0 else { return }
    let records = batch.records.span.extracting(0..<batch.count)
    if let index = encoder.firstUnfit(records) {
      let record = records[index]
      throw TraceError(
        name,
        "record \(counts.total + UInt64(index)) has the address 0x\(String(record.address, radix: 16)) and "
          + "\(record.byteCount) bytes; this trace takes \(encoder.addressBits) bits and 1 to "
          + "\(TraceRecord.byteCountLimit) bytes")
    }
    encoder.block(records, into: &buffer)
    if buffer.count >= TraceInput.blockByteCount { try flush() }
  }

  /// Writes the end, and what is left before it.
  public consuming func finish() throws(TraceError) {
    encoder.end(into: &buffer)
    try flush()
  }

  private mutating func flush() throws(TraceError) {
    var written = 0
    while written < buffer.count {
      let start = written
      // Sound: `write` reads at most the bytes from `start` to the end; `start` is below the count.
      let count = unsafe buffer.withUnsafeBytes { bytes in
        unsafe write(descriptor, bytes.baseAddress! + start, bytes.count - start)
      }
      if count < 0 {
        guard errno == EINTR else { throw TraceError(name, "cannot be written: \(TraceInput.systemMessage)") }
        continue
      }
      written += count
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
