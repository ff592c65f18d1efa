public import CReference
public import PageTables

/// Physical memory in one piece from address 0: the fastest source that there can be.
@safe
public struct FlatMemory: PhysicalMemory, @unchecked Sendable {
  // Sound to share: the bytes are only read once the image is made, and stay mapped until the process ends.
  @usableFromInline let base: UnsafeRawPointer
  @usableFromInline let byteCount: UInt64

  /// Takes `byteCount` bytes at `base` that stay where they are for as long as the process lives.
  init(base: UnsafeRawPointer, byteCount: UInt64) {
    unsafe self.base = base
    self.byteCount = byteCount
  }

  /// The same memory, for the reference loops.
  var reference: reference_memory {
    unsafe reference_memory(base: base.assumingMemoryBound(to: UInt8.self), byte_count: byteCount)
  }

  @inlinable @inline(__always)
  public func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0 else { throw .unreadable }
    let length = UInt64(count)
    // There is at least a page: one comparison is enough for what is no longer than that.
    guard length <= 4096 || length <= byteCount, address.rawValue <= byteCount &- length else {
      throw .outsideRAM
    }
    // Sound: `address + count <= byteCount` was checked just above.
    let bytes = unsafe UnsafeRawBufferPointer(
      start: base + Int(truncatingIfNeeded: address.rawValue), count: count)
    return body(unsafe bytes.bytes)
  }

  /// The same for one entry, without a throw.
  @inlinable @inline(__always)
  public func entry(at address: PhysicalAddress, byteCount size: Int, order: ByteOrder) -> UInt64? {
    guard size == 8 || size == 4, address.rawValue <= byteCount &- UInt64(truncatingIfNeeded: size) else {
      return nil
    }
    // Sound: `address + size <= byteCount` was checked just above.
    let start = unsafe base + Int(truncatingIfNeeded: address.rawValue)
    let entry =
      unsafe size == 8
      ? start.loadUnaligned(as: UInt64.self) : UInt64(start.loadUnaligned(as: UInt32.self))
    return order == .little ? entry : entry.byteSwapped &>> UInt64(64 &- 8 &* size)
  }

  @inlinable @inline(__always)
  public func prefetch(at address: PhysicalAddress, count: Int) {
    guard count > 0, count <= 4096, address.rawValue <= byteCount &- UInt64(count) else {
      return
    }
    // The first two lines: once they are asked for, the processor's own prefetcher follows. All 64 of them
    // are slower, here and in the C beside it.
    // Sound: inside the memory, as was checked; a prefetch never faults in any case.
    let start = unsafe base + Int(truncatingIfNeeded: address.rawValue)
    unsafe reference_prefetch(start)
    if count > 64 { unsafe reference_prefetch(start + 64) }
  }
}
