/// Physical memory, as a page-table walk needs it: bytes at an address, or the reason why not.
///
/// One requirement has to be written, ``withBytes(at:count:_:)``; the others have defaults. A walk asks for
/// one entry, or for one whole table, and never for more; so a source needs no state between calls, and
/// what it lends need only live until `body` returns.
///
/// A conforming type gives `body` exactly `count` bytes or throws; it never lends fewer, never makes up
/// bytes, and never traps, whatever `address` and `count` are: both come from tables that may be forged.
/// Memory that is *known* to be zero (an elided zero page) is lent as zeros.
public protocol PhysicalMemory: ~Copyable {
  /// Lends the `count` bytes that start at `address` to `body`, and returns what `body` returns.
  ///
  /// - Parameters:
  ///   - address: the first byte; any value.
  ///   - count: how many bytes; zero and negative counts are answered with ``MemoryFault/unreadable``.
  ///   - body: called at most once, before this function returns.
  /// - Throws: the reason, if any of the bytes cannot be had.
  borrowing func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer

  /// The entry of `byteCount` bytes at `address`, as ``withBytes(at:count:_:)`` would lend it; nil where that
  /// throws.
  ///
  /// The default asks there. A source that is read entry by entry in hot loops has its own: without the throw
  /// the loop around a lookup stays in registers.
  ///
  /// - Parameters:
  ///   - address: the first byte; any value.
  ///   - byteCount: 4 or 8; anything else is answered with nil.
  ///   - order: the order of the entry's bytes.
  borrowing func entry(at address: PhysicalAddress, byteCount: Int, order: ByteOrder) -> UInt64?

  /// Hints that the `count` bytes at `address` will be asked for soon. Does nothing unless a source can profit.
  borrowing func prefetch(at address: PhysicalAddress, count: Int)
}

extension PhysicalMemory where Self: ~Copyable {
  @inlinable public borrowing func prefetch(at address: PhysicalAddress, count: Int) {}

  // Not `@inline(__always)`: Swift 6.3 then inlines it before it knows the type, and calls `body` through a
  // pointer.
  @inlinable
  public borrowing func entry(at address: PhysicalAddress, byteCount: Int, order: ByteOrder) -> UInt64? {
    do throws(MemoryFault) {
      return try withBytes(at: address, count: byteCount) { bytes in
        bytes.entry(atByteOffset: 0, byteCount: byteCount, order: order)
      }
    } catch {
      return nil
    }
  }
}
