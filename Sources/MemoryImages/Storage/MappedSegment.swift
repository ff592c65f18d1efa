public import PageTables

/// A stretch of physical memory in a mapped file.
@frozen @usableFromInline @safe
struct MappedSegment: @unchecked Sendable {
  // Sound to share: what it points to is never written, and ``MappedMemory`` keeps it mapped.

  /// The first physical address.
  @usableFromInline let start: UInt64
  /// The last one, inclusive.
  @usableFromInline let last: UInt64
  /// Where the byte of `start` is, and the `last - start` behind it; nil unless the state is `present`.
  @usableFromInline let bytes: UnsafeRawPointer?
  /// What the image has of it.
  @usableFromInline let state: ImageRange.State

  init(start: UInt64, last: UInt64, state: ImageRange.State, bytes: UnsafeRawPointer?) {
    self.start = start
    self.last = last
    self.state = state
    unsafe self.bytes = unsafe bytes
  }
}

extension ImageRange.State {
  /// What a reader is told who asks for such memory; nil where there is an answer.
  @usableFromInline var fault: MemoryFault? {
    switch self {
    case .present, .zero: nil
    case .excluded: .excluded
    case .truncated: .truncated
    }
  }
}
