import PageTables

/// A small number for each frame of RAM: found by a search among the ranges of RAM, kept in one array.
///
/// At most 2^28 frames (1 TiB of 4 KiB frames); RAM beyond is left out, and ``isComplete`` says so. Updates stop,
/// too, after 2^34 frames: forged tables can map all RAM in every entry. A class, because it is large.
final class FrameTable<Cell: FixedWidthInteger & Sendable> {
  private struct Stretch {
    var firstFrame: UInt64
    var frameCount: UInt64
    /// Where its cells begin.
    var offset: Int
    var lastFrame: UInt64 { firstFrame + frameCount - 1 }
  }

  private let frameBits: UInt64
  private var stretches: [Stretch] = []
  private var cells: [Cell]
  private var budget = 1 << 34
  private(set) var isComplete = true

  init(_ ram: [RAMRange], frameBits: UInt8) {
    self.frameBits = UInt64(frameBits)
    var total: UInt64 = 0
    let limit: UInt64 = 1 << 28
    for range in ram where range.first <= range.last {
      let last = range.last.rawValue >> self.frameBits
      // A frame that two ranges share belongs to the first of them.
      let first = max(range.first.rawValue >> self.frameBits, stretches.last.map { $0.lastFrame + 1 } ?? 0)
      guard first <= last else { continue }
      let kept = min(last - first + 1, limit - total)
      if kept < last - first + 1 { isComplete = false }
      guard kept > 0 else { break }
      stretches.append(Stretch(firstFrame: first, frameCount: kept, offset: Int(total)))
      total += kept
    }
    cells = [Cell](repeating: 0, count: Int(total))
  }

  /// The stretch that holds `frame`, or the first one above it.
  private func stretchIndex(atOrAbove frame: UInt64) -> Int {
    stretches.partitioningIndex { $0.lastFrame >= frame }
  }

  private func frames(at address: PhysicalAddress, byteCount: UInt64) -> (first: UInt64, last: UInt64) {
    let (end, overflows) = address.rawValue.addingReportingOverflow(byteCount &- 1)
    return (address.rawValue >> frameBits, (overflows ? UInt64.max : end) >> frameBits)
  }

  /// Changes the cells of the frames of `byteCount` bytes at `address`, as far as they are RAM.
  @inline(__always)
  func update(at address: PhysicalAddress, byteCount: UInt64, _ change: (inout Cell) -> Void) {
    guard byteCount > 0 else { return }
    let (first, last) = frames(at: address, byteCount: byteCount)
    var index = stretchIndex(atOrAbove: first)
    while index < stretches.count, stretches[index].firstFrame <= last {
      let stretch = stretches[index]
      let from = max(first, stretch.firstFrame)
      let count = Int(min(last, stretch.lastFrame) - from + 1)
      guard budget >= count else {
        isComplete = false
        return
      }
      budget -= count
      let start = stretch.offset + Int(from - stretch.firstFrame)
      for place in start..<(start + count) { change(&cells[place]) }
      index += 1
    }
  }

  /// Cuts `byteCount` bytes at `address` into runs of frames with equal cells: each run's offset and size in
  /// bytes, and the cell, nil outside RAM.
  func forEachRun(
    at address: PhysicalAddress, byteCount: UInt64,
    _ body: (_ offset: UInt64, _ byteCount: UInt64, _ cell: Cell?) -> Void
  ) {
    let (first, last) = frames(at: address, byteCount: byteCount)
    func tell(_ from: UInt64, _ through: UInt64, _ cell: Cell?) {
      body((from - first) << frameBits, (through - from + 1) << frameBits, cell)
    }
    var next = first
    var index = stretchIndex(atOrAbove: first)
    while next <= last {
      guard index < stretches.count, stretches[index].firstFrame <= last else {
        tell(next, last, nil)
        return
      }
      let stretch = stretches[index]
      if stretch.firstFrame > next {
        tell(next, stretch.firstFrame - 1, nil)
        next = stretch.firstFrame
      }
      let through = min(last, stretch.lastFrame)
      while next <= through {
        var place = stretch.offset + Int(next - stretch.firstFrame)
        let start = place
        let end = stretch.offset + Int(through - stretch.firstFrame)
        let value = cells[start]
        repeat { place += 1 } while place <= end && cells[place] == value
        tell(next, next + UInt64(place - start) - 1, value)
        next += UInt64(place - start)
      }
      index += 1
    }
  }

  /// How many frames up to that of `last` have a cell that `matches` accepts.
  func count(through last: PhysicalAddress = PhysicalAddress(.max), where matches: (Cell) -> Bool) -> Int {
    let lastFrame = last.rawValue >> frameBits
    var count = 0
    for stretch in stretches where stretch.firstFrame <= lastFrame {
      let end = stretch.offset + Int(min(stretch.lastFrame, lastFrame) - stretch.firstFrame)
      for place in stretch.offset...end where matches(cells[place]) { count += 1 }
    }
    return count
  }
}
