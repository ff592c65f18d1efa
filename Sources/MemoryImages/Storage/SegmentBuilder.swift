/// Collects what the parts of a file say about physical memory, and settles overlaps.
///
/// Where parts overlap (kernel text and direct map describe the same frames), bytes win over zeros, zeros
/// over a truncated part, that over an excluded one; of two parts with bytes the first in the file wins.
struct SegmentBuilder {
  /// More stretches than this are refused: forged segments over a flattened file multiply.
  static let limit = 1 << 22

  private var claims: [Claim] = []
  private var parts: [MappedSegment] = []

  /// How many stretches were added.
  var count: Int { parts.count }

  private mutating func add(_ part: MappedSegment) {
    let priority: UInt64 =
      switch part.state {
      case .present: 3
      case .zero: 2
      case .truncated: 1
      case .excluded: 0
      }
    claims.append(Claim(start: part.start, last: part.last, priority: priority, payload: parts.count))
    parts.append(part)
  }

  /// Adds memory without bytes.
  mutating func add(_ range: ClosedRange<UInt64>, _ state: ImageRange.State) {
    unsafe add(
      MappedSegment(start: range.lowerBound, last: range.upperBound, state: state, bytes: nil))
  }

  /// Adds memory whose bytes are at `offset` of a file; what the file does not have is truncated.
  ///
  /// - Returns: whether the file has all of it.
  @discardableResult
  mutating func add(
    _ range: ClosedRange<UInt64>, in contents: FileContents, at offset: UInt64
  ) throws(ImageError) -> Bool {
    var start = range.lowerBound
    var offset = offset
    var isComplete = true
    while true {
      guard count < Self.limit else {
        throw contents.error(
          .limit, at: offset, "more than \(Self.limit) stretches of memory",
          advice: "if the dump is flattened, put it into order with 'makedumpfile -R'")
      }
      let piece = contents.piece(at: offset)
      let last = min(range.upperBound - start, piece.count - 1) + start
      switch piece {
      case .bytes(let pointer, _):
        // Sound: the segment is no longer than the piece.
        unsafe add(MappedSegment(start: start, last: last, state: .present, bytes: pointer))
      case .zeros:
        add(start...last, .zero)
      case .absent:
        isComplete = false
        add(start...last, .truncated)
      }
      guard last < range.upperBound else { return isComplete }
      offset &+= piece.count
      start = last + 1
    }
  }

  /// The memory, disjoint; neighbours that also lie side by side in a file become one segment.
  func build(_ stores: [ByteStore]) -> MappedMemory {
    var segments: [MappedSegment] = []
    for claim in Claim.settle(claims) {
      let part = parts[claim.payload]
      let skipped = claim.start - part.start
      // Sound: `claim.start` is within the part. A part with bytes is smaller than `Int.max`.
      let bytes = unsafe part.bytes.map { unsafe $0 + Int(skipped) }
      if let previous = segments.last, previous.last < .max, previous.last + 1 == claim.start,
        previous.state == part.state,
        unsafe previous.bytes.map({ unsafe $0 + Int(claim.start - previous.start) }) == bytes
      {
        segments[segments.count - 1] = unsafe MappedSegment(
          start: previous.start, last: claim.last, state: part.state, bytes: previous.bytes)
      } else {
        segments.append(
          unsafe MappedSegment(start: claim.start, last: claim.last, state: part.state, bytes: bytes))
      }
    }
    return MappedMemory(segments: segments, stores: stores)
  }
}
