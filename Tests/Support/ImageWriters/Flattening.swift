/// Wraps a file as makedumpfile and QEMU do for a pipe, with its records in the order that `order` makes of
/// them.
public func flatten(
  _ bytes: [UInt8], recordBytes: Int, closed: Bool = true, holes: Range<Int>? = nil,
  order: ([Int]) -> [Int] = { $0 }
) -> [UInt8] {
  var out = ByteWriter(bigEndian: true)
  out.put("makedumpfile".utf8)
  out.pad(to: 16)
  out.put(UInt64(1))
  out.put(UInt64(1))
  out.pad(to: 4096)
  let starts = Array(stride(from: 0, to: bytes.count, by: recordBytes))
  for start in order(starts) {
    if let holes, holes.contains(start) { continue }
    let data = bytes[start..<min(start + recordBytes, bytes.count)]
    out.put(UInt64(start))
    out.put(UInt64(data.count))
    out.put(data)
  }
  if closed {
    out.put(UInt64.max)
    out.put(UInt64.max)
  }
  return out.bytes
}
