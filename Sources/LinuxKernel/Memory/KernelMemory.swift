public import PageTables

/// Physical memory as the search for a kernel reads it: words, strings and stretches at physical addresses.
///
/// This is for structures, a few words at a time. Loops over tables use the memory by its own type.
public struct KernelMemory: Sendable {
  public let memory: any PhysicalMemory & Sendable
  /// Where there is RAM that can be read, in ascending order, disjoint.
  public let ranges: [RAMRange]
  /// Made where the memory's type is known, so that a word costs a call and not a search for its witness.
  private let loadWord: @Sendable (PhysicalAddress, _ byteCount: Int) -> UInt64?

  public init(_ memory: some PhysicalMemory & Sendable, ranges: [RAMRange]) {
    self.memory = memory
    self.ranges = ranges
    loadWord = { address, byteCount in
      try? memory.withBytes(at: address, count: byteCount) { bytes in
        bytes.entry(atByteOffset: 0, byteCount: byteCount, order: .little)
      }
    }
  }

  /// Whether a byte at `address` can be read.
  public func contains(_ address: PhysicalAddress) -> Bool {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].last < address { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].first <= address
  }

  /// The highest address with RAM, or nil where there is none.
  public var last: PhysicalAddress? { ranges.last?.last }

  /// From the first to the last byte of RAM, or nil where there is none.
  public var extent: ClosedRange<PhysicalAddress>? {
    guard let first = ranges.first?.first, let last else { return nil }
    return first...last
  }

  /// Whether the RAM is in so many pieces that pages must have been left out of it: a machine has a few
  /// ranges of RAM, a filtered or damaged image has hundreds.
  public var hasGaps: Bool { ranges.count > 32 }

  /// The unsigned integer of 4 or 8 bytes at `address`, little-endian, or nil if it cannot be read.
  public func word(at address: PhysicalAddress, byteCount: Int) -> UInt64? {
    loadWord(address, byteCount)
  }

  public func word32(at address: PhysicalAddress) -> UInt32? {
    word(at: address, byteCount: 4).map { UInt32(truncatingIfNeeded: $0) }
  }

  /// The bytes of `count` at `address`, or nil if one of them cannot be read. At most 64 MiB.
  public func bytes(at address: PhysicalAddress, count: Int) -> [UInt8]? {
    guard count > 0, count <= 64 << 20 else { return count == 0 ? [] : nil }
    var result: [UInt8] = []
    result.reserveCapacity(count)
    // A source assembles what crosses its pages only up to a limit of its own: a megabyte at a time is fine.
    var done = 0
    while done < count {
      let part = min(count - done, 1 << 20)
      let lent: Void? = try? memory.withBytes(at: address.advanced(byBytes: UInt64(done)), count: part) {
        span in
        // Sound: the span is only read, and copied whole while it is lent.
        unsafe span.withUnsafeBytes { unsafe result.append(contentsOf: $0) }
      }
      guard lent != nil else { return nil }
      done += part
    }
    return result
  }

  /// The text up to the first NUL byte, of at most `limit` bytes; nil if it cannot be read or is longer.
  public func string(at address: PhysicalAddress, limit: Int) -> String? {
    var text: [UInt8] = []
    while text.count < limit {
      // Up to the end of the 4 KiB page at a time: the next one may not be there, and not be needed.
      let here = address.advanced(byBytes: UInt64(text.count))
      let part = min(limit - text.count, 4096 - Int(here.rawValue & 4095))
      guard let piece = bytes(at: here, count: part) else { return nil }
      if let end = piece.firstIndex(of: 0) {
        text += piece[..<end]
        return String(decoding: text, as: UTF8.self)
      }
      text += piece
    }
    return nil
  }
}
