import Foundation
import Testing

@testable import KernelLab

/// All records of a trace, read in batches.
func records(of reader: consuming TraceReader) throws(TraceError) -> [TraceRecord] {
  var batch = TraceBatch()
  var all: [TraceRecord] = []
  while try reader.read(into: &batch) { all += batch.records.prefix(batch.count) }
  return all
}

func records(at path: String) throws(TraceError) -> [TraceRecord] {
  try records(of: TraceReader(path: path))
}

func records(of bytes: [UInt8]) throws(TraceError) -> [TraceRecord] {
  try records(of: TraceReader(bytes: bytes, name: "trace"))
}

func records(of text: String) throws(TraceError) -> [TraceRecord] { try records(of: Array(text.utf8)) }

extension TraceRecord {
  static func fetch(_ address: UInt64, _ byteCount: UInt16 = 1) -> TraceRecord {
    TraceRecord(address: address, byteCount: byteCount, kind: .fetch)
  }
  static func read(_ address: UInt64, _ byteCount: UInt16 = 1) -> TraceRecord {
    TraceRecord(address: address, byteCount: byteCount, kind: .read)
  }
  static func write(_ address: UInt64, _ byteCount: UInt16 = 1) -> TraceRecord {
    TraceRecord(address: address, byteCount: byteCount, kind: .write)
  }

  /// As lackey writes it.
  var lackeyLine: String {
    let prefix =
      switch kind {
      case .fetch: "I  "
      case .read: " L "
      case .write: " S "
      }
    let digits = String(address, radix: 16)
    return prefix + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ",\(byteCount)\n"
  }
}

/// The records in the compact form.
func compact(_ records: [TraceRecord], addressBits: Int = 64) -> [UInt8] {
  var encoder = TraceEncoder(addressBits: addressBits)
  var bytes: [UInt8] = []
  encoder.head(into: &bytes)
  for start in stride(from: 0, to: records.count, by: TraceBatch.capacity) {
    let end = min(start + TraceBatch.capacity, records.count)
    encoder.block(records.span.extracting(start..<end), into: &bytes)
  }
  encoder.end(into: &bytes)
  return bytes
}

/// A program as it might run: loops, stack, heap, and now and then anything.
func sampleRecords(_ count: Int, seed: UInt64 = 1) -> [TraceRecord] {
  var random = Random(seed: seed)
  var code: UInt64 = 0x0040_1000
  return (0..<count).map { _ in
    let draw = random.next()
    switch draw % 16 {
    case 0..<9:
      let size = UInt16(1 + draw >> 8 % 15)
      defer { code = draw % 160 == 0 ? 0x0040_0000 + draw >> 32 & 0xffff : code + UInt64(size) }
      return .fetch(code, size)
    case 9..<12: return .read(0x1f_feff_e000 + draw >> 16 & 0xff8, 8)
    case 12..<14: return .write(0x0422_0000 + draw >> 16 & 0xffff, 1 << UInt16(draw >> 8 & 3))
    case 14: return .read(random.next(), UInt16(1 + draw >> 8 % 2047))
    default: return .write(random.next(), 16)
    }
  }
}

/// A file that is gone after `body`.
func withFile<Answer>(_ bytes: [UInt8], _ body: (String) throws -> Answer) throws -> Answer {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
  defer { try? FileManager.default.removeItem(atPath: path) }
  try Data(bytes).write(to: URL(fileURLWithPath: path))
  return try body(path)
}
