/// A LiME or AVML record's head.
public func recordHead(
  magic: String, version: UInt32, _ start: UInt64, _ last: UInt64, bigEndian: Bool = false
)
  -> [UInt8]
{
  var out = ByteWriter(bigEndian: bigEndian)
  out.put(bigEndian ? Array(magic.utf8.reversed()) : Array(magic.utf8))
  out.put(version)
  out.put(start)
  out.put(last)
  out.put(UInt64(0))
  return out.bytes
}

/// A LiME record for `data`.
public func limeRecord(_ start: UInt64, _ data: [UInt8], bigEndian: Bool = false) -> [UInt8] {
  recordHead(magic: "EMiL", version: 1, start, start + UInt64(data.count) - 1, bigEndian: bigEndian) + data
}

/// A chunk of Snappy's framing format; the checksum is left zero.
public func snappyChunk(_ data: [UInt8], compressed: Bool) -> [UInt8] {
  let content = compressed ? Compression.snappy.encode(data) : data
  var out = ByteWriter()
  out.put(UInt32(compressed ? 0 : 1) | UInt32(content.count + 4) << 8)
  out.put(UInt32(0))
  out.put(content)
  return out.bytes
}

/// An AVML record of version 2: a stream of chunks of 64 KiB, and its length. Every third chunk is stored
/// uncompressed, as the encoder does where compression does not help.
public func avmlRecord(_ start: UInt64, _ data: [UInt8], chunkBytes: Int = 65_536) -> [UInt8] {
  var stream: [UInt8] = [0xff, 6, 0, 0] + Array("sNaPpY".utf8)
  for (index, from) in stride(from: 0, to: data.count, by: chunkBytes).enumerated() {
    let piece = Array(data[from..<min(from + chunkBytes, data.count)])
    stream += snappyChunk(piece, compressed: index % 3 != 2)
  }
  var out = ByteWriter()
  out.put(recordHead(magic: "AVML", version: 2, start, start + UInt64(data.count) - 1))
  out.put(stream)
  out.put(UInt64(stream.count))
  return out.bytes
}
