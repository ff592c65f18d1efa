public import PageTables

/// The ranges of an image in address order: disjoint, and no two neighbours touch with the same state.
///
/// They are found while iterating, because a filtered dump of a large machine has millions of them.
public struct ImageRanges: Sequence, Sendable {
  let layout: any MemoryLayoutSource

  /// Starts at the lowest address.
  public func makeIterator() -> Iterator { Iterator(layout: layout, cursor: 0) }

  /// The range that contains `address`, or the first one above it; nil if there is none.
  ///
  /// The range begins at `address` if that lies inside.
  public func range(from address: PhysicalAddress) -> ImageRange? {
    var iterator = Iterator(layout: layout, cursor: address.rawValue)
    return iterator.next()
  }

  /// Steps through the ranges.
  public struct Iterator: IteratorProtocol {
    let layout: any MemoryLayoutSource
    var cursor: UInt64?

    /// The next range, or nil after the last.
    public mutating func next() -> ImageRange? {
      guard let from = cursor, var found = layout.firstRun(from: from) else {
        cursor = nil
        return nil
      }
      while found.last < .max, let more = layout.firstRun(from: found.last &+ 1),
        more.start == found.last &+ 1, more.state == found.state
      {
        found.last = more.last
      }
      cursor = found.last == .max ? nil : found.last &+ 1
      return ImageRange(
        start: PhysicalAddress(found.start), last: PhysicalAddress(found.last), state: found.state)
    }
  }
}

/// A run of memory in one state, as a layout knows it; neighbours may have the same state.
struct MemoryRun: Hashable {
  var start: UInt64
  var last: UInt64
  var state: ImageRange.State
}

/// What can enumerate where it has memory.
protocol MemoryLayoutSource: Sendable {
  /// The run that contains `address` (cut to begin there) or else the first one above it.
  func firstRun(from address: UInt64) -> MemoryRun?
}
