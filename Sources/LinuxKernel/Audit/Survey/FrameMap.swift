import PageTables

/// A byte of marks for each frame of RAM. A class, because it is large and has one owner at a time.
///
/// At most 2^28 frames (1 TiB of 4 KiB frames, 256 MiB of marks); RAM beyond is not marked, and
/// ``isComplete`` says so. Marking stops, too, after 2^34 marks: forged tables can map all RAM in every entry.
final class FrameMap {
  private struct Stretch: Sendable {
    var firstFrame: UInt64
    var frameCount: UInt64
    /// Where its marks begin.
    var offset: Int
  }

  private let frameBits: UInt64
  private var stretches: [Stretch] = []
  private var marks: [UInt8]
  private var budget = 1 << 34
  private(set) var isComplete = true

  init(_ ram: [RAMRange], frameBits: UInt8) {
    self.frameBits = UInt64(frameBits)
    var total: UInt64 = 0
    let limit: UInt64 = 1 << 28
    for range in ram where range.first <= range.last {
      let first = range.first.rawValue >> self.frameBits
      let count = (range.last.rawValue >> self.frameBits) - first + 1
      // A frame that two ranges share is marked in the first of them.
      let known = stretches.last.map { $0.firstFrame + $0.frameCount } ?? 0
      guard first + count > known, total < limit else {
        isComplete = isComplete && total < limit
        continue
      }
      let start = max(first, known)
      let kept = min(first + count - start, limit - total)
      if kept < first + count - start { isComplete = false }
      stretches.append(Stretch(firstFrame: start, frameCount: kept, offset: Int(total)))
      total += kept
    }
    marks = [UInt8](repeating: 0, count: Int(total))
  }

  /// The stretch that holds `frame`, or the first one above it.
  private func stretchIndex(atOrAbove frame: UInt64) -> Int {
    var low = 0
    var high = stretches.count
    while low < high {
      let middle = (low + high) / 2
      if stretches[middle].firstFrame + stretches[middle].frameCount <= frame {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  /// Adds marks to the frames of `byteCount` bytes at `address`, as far as they are RAM.
  func insert(_ added: FrameMarks, at address: PhysicalAddress, byteCount: UInt64) {
    guard byteCount > 0, !added.isEmpty else { return }
    let first = address.rawValue >> frameBits
    let (end, overflows) = address.rawValue.addingReportingOverflow(byteCount - 1)
    let last = (overflows ? UInt64.max : end) >> frameBits
    var index = stretchIndex(atOrAbove: first)
    while index < stretches.count, stretches[index].firstFrame <= last {
      let stretch = stretches[index]
      let from = max(first, stretch.firstFrame)
      let through = min(last, stretch.firstFrame + stretch.frameCount - 1)
      let count = Int(through - from + 1)
      guard budget >= count else {
        isComplete = false
        return
      }
      budget -= count
      let start = stretch.offset + Int(from - stretch.firstFrame)
      for place in start..<(start + count) { marks[place] |= added.rawValue }
      index += 1
    }
  }

  /// The marks of the frame at `address`; nil outside RAM.
  func marks(at address: PhysicalAddress) -> FrameMarks? {
    let frame = address.rawValue >> frameBits
    let index = stretchIndex(atOrAbove: frame)
    guard index < stretches.count, stretches[index].firstFrame <= frame else { return nil }
    return FrameMarks(rawValue: marks[stretches[index].offset + Int(frame - stretches[index].firstFrame)])
  }

  /// Cuts `byteCount` bytes at `address` into runs of frames with equal marks: each run's offset and size in
  /// bytes, and its marks, nil outside RAM.
  func forEachRun(
    at address: PhysicalAddress, byteCount: UInt64,
    _ body: (_ offset: UInt64, _ byteCount: UInt64, _ marks: FrameMarks?) -> Void
  ) {
    let first = address.rawValue >> frameBits
    let (end, overflows) = address.rawValue.addingReportingOverflow(byteCount &- 1)
    let last = (overflows ? UInt64.max : end) >> frameBits
    func tell(_ from: UInt64, _ through: UInt64, _ marks: FrameMarks?) {
      body((from - first) << frameBits, (through - from + 1) << frameBits, marks)
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
      let through = min(last, stretch.firstFrame + stretch.frameCount - 1)
      while next <= through {
        let start = stretch.offset + Int(next - stretch.firstFrame)
        let end = stretch.offset + Int(through - stretch.firstFrame)
        let value = marks[start]
        var place = start + 1
        while place <= end, marks[place] == value { place += 1 }
        tell(next, next + UInt64(place - start) - 1, FrameMarks(rawValue: value))
        next += UInt64(place - start)
      }
      index += 1
    }
  }

  /// How many frames have all of `wanted` and none of `unwanted`.
  func count(of wanted: FrameMarks, without unwanted: FrameMarks) -> Int {
    let mask = wanted.rawValue | unwanted.rawValue
    var count = 0
    for mark in marks where mark & mask == wanted.rawValue { count += 1 }
    return count
  }
}
