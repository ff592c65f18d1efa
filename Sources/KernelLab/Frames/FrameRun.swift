import PageTableEditing
import PageTables

/// Neighbouring frames for tables that must follow each other, given out in order.
struct FrameRun: FrameSource {
  private var next: UInt64
  private let end: UInt64
  private let pageSizeBits: UInt8

  /// Takes `count` frames, each of which is then a table of its own; nil if there are not as many in a row.
  init?(count: Int, in frames: inout FrameAllocator) {
    let order = count <= 1 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount
    guard order < Zone.orderCount,
      let first = frames.allocate(order: order, zone: .normal, kind: .pageTable)
    else { return nil }
    next = first
    end = first &+ UInt64(count)
    pageSizeBits = frames.pageSizeBits
    // Each frame stands for itself, and what is too much goes back.
    for frame in first..<first &+ UInt64(1) << UInt64(order) { frames.describe(frame, kind: .pageTable) }
    for frame in end..<first &+ UInt64(1) << UInt64(order) { frames.free(frame, order: 0) }
  }

  mutating func allocate(sizeBits: UInt8) -> PhysicalAddress? {
    guard sizeBits <= pageSizeBits, next < end else { return nil }
    defer { next &+= 1 }
    return PhysicalAddress(next << UInt64(pageSizeBits))
  }

  /// A table that was not linked stays the run's.
  mutating func free(_ address: PhysicalAddress, sizeBits: UInt8) {}
}
