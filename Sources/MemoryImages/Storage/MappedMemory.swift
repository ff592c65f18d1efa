public import CPrefetch
public import PageTables

/// Physical memory that lies uncompressed in mapped files: ELF cores, LiME, raw.
///
/// Nothing is read at opening. A lookup is one load from a small directory, at most a short binary search,
/// and a bounds check; use this type by its name (``MemoryImage/storage``) and it is inlined into the
/// caller's loop.
@frozen @safe
public struct MappedMemory: PhysicalMemory, Sendable {
  /// Ascending and disjoint.
  @usableFromInline let segments: [MappedSegment]
  /// For every `2^directoryShift` bytes the first segment that does not end below them, and one entry more.
  @usableFromInline let directory: [UInt32]
  @usableFromInline let directoryShift: UInt64
  /// Keeps the mappings alive.
  @usableFromInline let stores: [ByteStore]

  /// Requests that cross a border are put together in a buffer of at most this many bytes.
  static let assemblyLimitBytes = 16 << 20

  /// Takes disjoint ascending segments and the files that they point into.
  init(segments: [MappedSegment], stores: [ByteStore]) {
    self.segments = segments
    self.stores = stores
    // Buckets enough that a bucket seldom meets two segments, and few enough to stay in the first-level
    // cache.
    let wanted = UInt64(min(max(8 * segments.count, 1024), 1 << 16))
    let last = segments.last?.last ?? 0
    var shift: UInt64 = 0
    while last >> shift >= wanted { shift += 1 }
    directoryShift = shift
    var directory: [UInt32] = []
    var index = 0
    for bucket in 0...(last >> shift) {
      while index < segments.count, segments[index].last < bucket << shift { index += 1 }
      directory.append(UInt32(index))
    }
    directory.append(UInt32(max(segments.count - 1, 0)))
    self.directory = directory
  }

  /// Memory without RAM.
  static let empty = MappedMemory(segments: [], stores: [])

  /// The segment that holds `address`; nil where there is no RAM.
  @inlinable func segment(at address: UInt64) -> MappedSegment? {
    // The directory has an entry for every bucket up to the last segment's end, and one more.
    let bucket = address >> directoryShift
    guard bucket < UInt64(directory.count &- 1) else { return nil }
    var low = Int(directory[Int(bucket)])
    var high = Int(directory[Int(bucket) &+ 1])
    while low < high {
      let middle = (low &+ high) / 2
      if segments[middle].last < address { low = middle &+ 1 } else { high = middle }
    }
    guard low < segments.count else { return nil }
    let segment = segments[low]
    guard segment.start <= address, address <= segment.last else { return nil }
    return segment
  }

  /// Lends the bytes where they lie in the mapping; only a request that crosses into another segment is
  /// copied.
  @inlinable public func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0 else { throw .unreadable }
    let first = address.rawValue
    guard let segment = segment(at: first) else { throw .outsideRAM }
    if let bytes = unsafe segment.bytes, UInt64(count &- 1) <= segment.last &- first {
      // Sound: `start <= first` and `first + count - 1 <= last` hold, and the segment's bytes reach to
      // `last`. The difference fits: a mapping is smaller than `Int.max`.
      let start = unsafe bytes + Int(first &- segment.start)
      let lent = unsafe UnsafeRawBufferPointer(start: start, count: count)
      return body(unsafe lent.bytes)
    }
    let assembled = try assemble(at: first, count: count)
    let span = assembled.span
    return body(unsafe span.bytes)
  }

  /// An entry where it lies in the mapping; one that crosses into another segment is put together.
  @inlinable public func entry(at address: PhysicalAddress, byteCount: Int, order: ByteOrder) -> UInt64? {
    guard byteCount == 8 || byteCount == 4 else { return nil }
    let first = address.rawValue
    guard let segment = segment(at: first), let bytes = unsafe segment.bytes,
      UInt64(byteCount &- 1) <= segment.last &- first
    else { return assembledEntry(at: address, byteCount: byteCount, order: order) }
    // Sound: as in `withBytes`.
    let start = unsafe bytes + Int(first &- segment.start)
    let lent = unsafe UnsafeRawBufferPointer(start: start, count: byteCount)
    return unsafe lent.bytes.entry(atByteOffset: 0, byteCount: byteCount, order: order)
  }

  /// An entry that does not lie in one piece, or not at all.
  @usableFromInline @inline(never)
  func assembledEntry(at address: PhysicalAddress, byteCount: Int, order: ByteOrder) -> UInt64? {
    guard let copy = try? assemble(at: address.rawValue, count: byteCount) else { return nil }
    // Sound: the bytes of an array of bytes.
    return unsafe copy.span.bytes.entry(atByteOffset: 0, byteCount: byteCount, order: order)
  }

  /// Asks the processor for the first two cache lines at `address`: its own prefetcher follows from there.
  /// To ask for all lines of a table is slower (Benchmarks/README.md).
  @inlinable public func prefetch(at address: PhysicalAddress, count: Int) {
    guard count > 0, let segment = segment(at: address.rawValue), let bytes = unsafe segment.bytes else {
      return
    }
    let offset = Int(address.rawValue &- segment.start)
    // Sound: the address is inside the segment; a prefetch never faults in any case.
    unsafe pagewalk_prefetch(bytes + offset)
    if count > 64, segment.last &- address.rawValue >= 64 {
      unsafe pagewalk_prefetch(bytes + (offset &+ 64))
    }
  }

  /// Copies what does not lie in one piece.
  @usableFromInline @inline(never)
  func assemble(at address: UInt64, count: Int) throws(MemoryFault) -> [UInt8] {
    guard count <= Self.assemblyLimitBytes else { throw .unreadable }
    // Nothing is allocated before it is known that all of it is there.
    var next = address
    var left = UInt64(count)
    while true {
      guard let segment = segment(at: next) else { throw .outsideRAM }
      if let fault = segment.state.fault { throw fault }
      let held = segment.last - next
      if held >= left - 1 { break }
      // Behind the last address there is nothing.
      guard segment.last < .max else { throw .outsideRAM }
      left -= held + 1
      next = segment.last + 1
    }
    var copy = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count, let segment = segment(at: address + UInt64(done)) {
      let offset = address + UInt64(done) - segment.start
      let part = Int(min(segment.last - segment.start - offset, UInt64(count - done - 1))) + 1
      if let bytes = unsafe segment.bytes {
        // Sound: `part` ends inside the segment and inside the copy.
        unsafe copy.withUnsafeMutableBytes {
          unsafe $0.baseAddress!.advanced(by: done).copyMemory(from: bytes + Int(offset), byteCount: part)
        }
      }
      done += part
    }
    return copy
  }
}
