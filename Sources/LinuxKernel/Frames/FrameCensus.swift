public import PageTables

/// What each frame of RAM is used for, as far as page tables, areas and the kernel's own records tell.
///
/// A byte a frame. RAM of more than 2^28 frames (1 TiB of 4 KiB frames) is counted up to there, and the census says
/// that it is partial.
public struct FrameCensus: Sendable {
  /// What a frame is used for. The highest wins where several are true.
  public enum Kind: UInt8, Sendable, CaseIterable {
    /// Nothing tells: the kernel's own memory, the page cache, or free.
    case unknown
    /// Not in the image, and nothing else is known of it.
    case excluded
    /// The kernel's buddy allocator has it.
    case free
    /// The kernel maps it outside its linear map, or has it in use otherwise.
    case kernel
    /// Private memory of one process.
    case anonymous
    /// A page of a file, mapped or cached.
    case file
    /// Memory of several processes that is no file's.
    case shared
    /// A page table; the number counts from the last level.
    case table1, table2, table3, table4, table5

    /// A table's kind, by its level counted from the top.
    public static func table(depth: Int, of levelCount: Int) -> Kind {
      let level = min(max(levelCount - depth, 1), 5)
      return Kind(rawValue: table1.rawValue + UInt8(level - 1)) ?? .table1
    }
  }

  private struct Stretch: Sendable {
    var frames: Range<UInt64>
    /// Where its cells begin.
    var offset: Int
  }

  public let frameSizeBits: UInt8
  private var stretches: [Stretch] = []
  var cells: [UInt8] = []
  /// What is missing, in sentences.
  public var gaps: [String] = []
  static let frameLimit: UInt64 = 1 << 28
  /// How many frames may be marked: forged tables can map all RAM in every entry.
  private var budget: UInt64 = 1 << 32

  /// Frames of which nothing is known yet.
  ///
  /// - Parameter ram: ascending and disjoint.
  public init(ram: [RAMRange], frameSizeBits: UInt8) {
    self.frameSizeBits = frameSizeBits
    let bits = UInt64(frameSizeBits)
    var total: UInt64 = 0
    for range in ram where range.first <= range.last {
      let first = max(range.first.rawValue >> bits, stretches.last?.frames.upperBound ?? 0)
      let end = range.last.rawValue >> bits + 1
      guard first < end else { continue }
      let kept = min(end - first, Self.frameLimit - total)
      if kept < end - first { gaps.append("RAM beyond frame \(hexadecimal(first + kept)) is not counted") }
      guard kept > 0 else { break }
      stretches.append(Stretch(frames: first..<first + kept, offset: Int(total)))
      total += kept
    }
    cells = [UInt8](repeating: Kind.unknown.rawValue, count: Int(total))
  }

  /// From the first frame of RAM to behind its last.
  public var frames: Range<UInt64> {
    guard let first = stretches.first, let last = stretches.last else { return 0..<0 }
    return first.frames.lowerBound..<last.frames.upperBound
  }

  /// How many of some frames are of each kind: by the kinds' raw values.
  ///
  /// - Complexity: linear in the frames.
  public func count(_ frames: Range<UInt64>, into counts: inout [Int]) {
    counts = [Int](repeating: 0, count: Kind.allCases.count)
    var index = stretches.partitioningIndex { $0.frames.upperBound > frames.lowerBound }
    while index < stretches.count, stretches[index].frames.lowerBound < frames.upperBound {
      let stretch = stretches[index]
      let shared = stretch.frames.clamped(to: frames)
      var place = stretch.offset + Int(shared.lowerBound - stretch.frames.lowerBound)
      let end = place + Int(shared.upperBound - shared.lowerBound)
      while place < end {
        counts[Int(cells[place])] += 1
        place += 1
      }
      index += 1
    }
  }

  /// What a frame is; nil where there is no RAM.
  ///
  /// - Complexity: O(log n) in the stretches of RAM.
  public func kind(of frame: UInt64) -> Kind? { place(of: frame).flatMap { Kind(rawValue: cells[$0]) } }

  private func place(of frame: UInt64) -> Int? {
    let index = stretches.partitioningIndex { $0.frames.upperBound > frame }
    guard index < stretches.count, stretches[index].frames.contains(frame) else { return nil }
    return stretches[index].offset + Int(frame - stretches[index].frames.lowerBound)
  }

  /// Says what the frames of `byteCount` bytes at `address` are, as far as they are RAM.
  ///
  /// - Parameter change: gives a frame's new kind for the one it had.
  public mutating func mark(at address: PhysicalAddress, byteCount: UInt64, _ change: (Kind) -> Kind) {
    guard byteCount > 0 else { return }
    let (end, overflows) = address.rawValue.addingReportingOverflow(byteCount - 1)
    let first = address.rawValue >> UInt64(frameSizeBits)
    let last = (overflows ? UInt64.max : end) >> UInt64(frameSizeBits)
    var index = stretches.partitioningIndex { $0.frames.upperBound > first }
    while index < stretches.count, stretches[index].frames.lowerBound <= last {
      let stretch = stretches[index]
      let from = max(first, stretch.frames.lowerBound)
      let count = min(last, stretch.frames.upperBound - 1) - from + 1
      guard budget >= count else {
        if gaps.last != Self.limitSentence { gaps.append(Self.limitSentence) }
        return
      }
      budget -= count
      let start = stretch.offset + Int(from - stretch.frames.lowerBound)
      // What is asked once is not asked for each frame of a large page.
      var (old, new) = (cells[start], change(Kind(rawValue: cells[start]) ?? .unknown).rawValue)
      var place = start
      while place < start + Int(count) {
        if cells[place] != old {
          (old, new) = (cells[place], change(Kind(rawValue: cells[place]) ?? .unknown).rawValue)
        }
        cells[place] = new
        place += 1
      }
      index += 1
    }
  }

  static let limitSentence = "the tables map more than is counted: they may be forged"

  /// Raises the frames to `kind`, where they are of none that wins.
  public mutating func raise(at address: PhysicalAddress, byteCount: UInt64, to kind: Kind) {
    mark(at: address, byteCount: byteCount) { $0.rawValue < kind.rawValue ? kind : $0 }
  }
}
