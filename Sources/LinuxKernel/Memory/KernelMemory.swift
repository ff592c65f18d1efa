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

  /// Where there is RAM at all, also what the source left out, in ascending order, disjoint.
  public let ram: [RAMRange]
  /// The memory behind one that takes notes.
  private let unrecorded: (any PhysicalMemory & Sendable)?

  /// - Parameters:
  ///   - ranges: where there is RAM that can be read.
  ///   - ram: where there is RAM at all; nil if all of it can be read.
  public init(_ memory: some PhysicalMemory & Sendable, ranges: [RAMRange], ram: [RAMRange]? = nil) {
    self.memory = memory
    self.ranges = ranges
    self.ram = ram ?? ranges
    unrecorded = nil
    loadWord = Self.wordLoader(memory)
  }

  /// `other`, with everything that is read of it noted by `recorder`.
  init(_ other: KernelMemory, recordedBy recorder: RecordingMemory) {
    memory = recorder
    ranges = other.ranges
    ram = other.ram
    unrecorded = other.memory
    loadWord = Self.wordLoader(recorder)
  }

  private static func wordLoader(
    _ memory: some PhysicalMemory & Sendable
  ) -> @Sendable (PhysicalAddress, _ byteCount: Int) -> UInt64? {
    { address, byteCount in
      try? memory.withBytes(at: address, count: byteCount) { bytes in
        bytes.entry(atByteOffset: 0, byteCount: byteCount, order: .little)
      }
    }
  }

  /// The same memory, for passes over much of it that look for a place to look closer at: a recorder takes no
  /// note of them. What they find is read again by who wants it noted.
  var searching: KernelMemory {
    unrecorded.map { KernelMemory($0, ranges: ranges, ram: ram) } ?? self
  }

  /// Has a recorder take note of `count` bytes at `address`, which a search has found.
  func keep(_ address: PhysicalAddress, count: Int) {
    guard unrecorded != nil, count > 0 else { return }
    var place = address.rawValue
    let (last, overflows) = place.addingReportingOverflow(UInt64(count - 1))
    while !overflows, place <= last {
      _ = word32(at: PhysicalAddress(place & ~3))
      guard place | 4095 < .max else { return }
      place = (place | 4095) + 1
    }
  }

  /// Whether a byte at `address` can be read.
  public func contains(_ address: PhysicalAddress) -> Bool {
    ranges.hasByte(at: address)
  }

  /// Whether there is RAM at `address`, be it readable or not.
  func isRAM(_ address: PhysicalAddress) -> Bool { ram.hasByte(at: address) }

  /// The highest address with RAM, or nil where there is none.
  public var last: PhysicalAddress? { ram.last?.last }

  /// From the first to the last byte of RAM, or nil where there is none.
  public var extent: ClosedRange<PhysicalAddress>? {
    guard let first = ram.first?.first, let last else { return nil }
    return first...last
  }

  /// Whether some RAM is missing: the source says so, or the RAM is in too many pieces: a machine has a few
  /// ranges of RAM, a filtered or damaged image has hundreds.
  public var hasGaps: Bool { ranges.count > 32 || ram != ranges }

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
