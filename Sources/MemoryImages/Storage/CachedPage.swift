import PageTables

/// One decoded page. Whoever holds a reference may read it; eviction only drops the cache's own reference.
@usableFromInline @safe
final class CachedPage: @unchecked Sendable {
  // Sound to share: it is filled before anybody else has a reference, and never written again.
  @usableFromInline let bytes: UnsafeRawBufferPointer

  /// Allocates a page and lets `fill` write all of it; nil if that fails.
  init(sizeBytes: Int, fill: (PageBuffer) -> Bool) throws(MemoryFault) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: sizeBytes, alignment: 64)
    unsafe bytes = UnsafeRawBufferPointer(buffer)
    guard fill(unsafe PageBuffer(bytes: buffer)) else { throw .corrupt }
  }

  /// How many bytes it has.
  @usableFromInline var count: Int { unsafe bytes.count }

  deinit { unsafe bytes.deallocate() }
}
