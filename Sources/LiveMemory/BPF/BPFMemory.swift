import PageTables

/// Physical memory through the kernel's direct map, read by a BPF program.
struct BPFMemory: Sendable {
  let channels: BPFChannels
  /// Where there is RAM, ascending and disjoint. Nothing else is ever read: an address of a device may do
  /// something when it is read.
  let ram: [ClosedRange<UInt64>]
  /// Virtual minus physical address of the direct map.
  let directMapOffset: UInt64

  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0, count <= LiveMemory.requestLimitBytes else { throw .unreadable }
    guard ram.holds(address.rawValue, count: count) else { throw .outsideRAM }
    let place = address.rawValue &+ directMapOffset
    if count <= BPFProgram.chunkBytes {
      return try channels.withBytes(atKernelAddress: place, count: count, body)
    }
    var copy: [UInt8] = []
    copy.reserveCapacity(count)
    while copy.count < count {
      let part = min(count - copy.count, BPFProgram.chunkBytes)
      try channels.withBytes(atKernelAddress: place &+ UInt64(copy.count), count: part) { bytes in
        // Sound: the span is only read, and copied whole while it is lent.
        unsafe bytes.withUnsafeBytes { unsafe copy.append(contentsOf: $0) }
      }
    }
    // Sound: the array is not changed while it is lent.
    return body(unsafe copy.span.bytes)
  }
}

extension [ClosedRange<UInt64>] {
  /// Whether one of the ranges, which are ascending and disjoint, has all of the bytes.
  func holds(_ address: UInt64, count: Int) -> Bool {
    var low = 0
    var high = self.count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].upperBound < address { low = middle + 1 } else { high = middle }
    }
    return low < self.count && self[low].contains(address) && count > 0
      && UInt64(count - 1) <= self[low].upperBound - address
  }
}
