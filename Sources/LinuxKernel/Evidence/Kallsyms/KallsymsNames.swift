import PageTables

/// The compressed names, one of them after the other, and the markers: where every 256th of them begins.
struct KallsymsNames: Sendable {
  /// `kallsyms_names`.
  let start: UInt64
  /// `kallsyms_num_syms`.
  let countPlace: UInt64
  let count: Int
  /// `kallsyms_markers`.
  let markersPlace: UInt64
  /// From `start`, one for every 256 names.
  let markers: [Int]
  /// 4, or a word's bytes before Linux 4.20.
  let markerByteCount: Int
  /// What all tables are aligned to.
  let alignment: UInt64
  /// Whether bit 7 of a length says that a second byte follows (Linux 6.1).
  let hasLongLengths: Bool
  let stretch: MemoryStretch

  /// How far `kallsyms_markers` may lie below the tokens. Between them is `kallsyms_seqs_of_names` in some
  /// kernels, of three bytes a symbol.
  private static let reaches: [UInt64] = [64 << 10, 1 << 20, 8 << 20]
  /// The last of the markers tells how large the names are.
  private static let namesLimitBytes: UInt64 = 32 << 20
  /// How many symbols are believed; kernels have up to 300,000.
  private static let countLimit = 1 << 20
  /// How many tokens a name may have: `KSYM_NAME_LEN` is 512 characters since Linux 6.1.
  private static let nameTokenLimit = 512
  /// A block of 256 names has a length and at least one byte each, and hardly ever 256 bytes each.
  private static let blockBytes: ClosedRange<UInt64> = 512...65536

  /// Looks for markers and names below `tokens`.
  init(below tokens: KallsymsTokens, in memory: KernelMemory) throws(KallsymsTokens.NotFound) {
    var sawMarkers = false
    for reach in Self.reaches {
      let lower = tokens.table > reach ? tokens.table - reach : 0
      let stretch = MemoryStretch(memory, from: lower & ~7, to: tokens.table)
      for run in Self.markerRuns(in: stretch).prefix(4) {
        sawMarkers = true
        if let names = Self.names(before: run, in: memory) {
          self = names
          return
        }
      }
    }
    throw KallsymsTokens.NotFound(
      sawMarkers
        ? "the tokens are there, but no number of symbols and names that fit the markers"
        : "the tokens are there, but no markers below them")
  }

  /// A run of rising numbers that may be the markers.
  private struct Run {
    var place: UInt64
    var byteCount: Int
    var values: [UInt64]
  }

  /// The runs that begin with 0 and rise as markers do, the longest first.
  private static func markerRuns(in stretch: MemoryStretch) -> [Run] {
    var runs: [Run] = []
    for byteCount in [4, 8] {
      let step = UInt64(byteCount)
      var place = stretch.first.aligned(to: step)
      while place + step <= stretch.end {
        var values: [UInt64] = []
        while let value = stretch.word(at: place + UInt64(values.count) * step, byteCount: byteCount) {
          if let last = values.last {
            guard value > last, blockBytes.contains(value - last), value <= namesLimitBytes,
              values.count < countLimit / 256
            else { break }
          } else if value != 0 {
            break
          }
          values.append(value)
        }
        if values.count >= 4 { runs.append(Run(place: place, byteCount: byteCount, values: values)) }
        place += step * UInt64(max(1, values.count))
      }
    }
    return runs.sorted { $0.values.count > $1.values.count }
  }

  /// The names that end where the markers begin. Whatever follows the markers may look like one more.
  private static func names(before run: Run, in memory: KernelMemory) -> KallsymsNames? {
    let lastBlock = 1 << 17 as UInt64
    let last = run.values[run.values.count - 1]
    guard run.place > last + lastBlock + 512 else { return nil }
    let stretch = MemoryStretch(memory, from: (run.place - last - lastBlock - 512) & ~7, to: run.place)
    // Walking costs; what looks like the right number of symbols is rare unless it is forged.
    var attempts = 64
    for values in [run.values, run.values.dropLast()] where values.count > 1 {
      let full = 256 * UInt64(values.count - 1)
      let highest = (run.place - values[values.count - 1] - 2) & ~3
      for start in stride(from: highest, through: max(highest - lastBlock, stretch.first + 256), by: -4) {
        for alignment in KallsymsTokens.alignments where start % alignment == 0 && run.place % alignment == 0
        {
          guard let count = stretch.word(at: start - alignment, byteCount: 4), count > full,
            count <= full + 256, stretch.isZero(start - alignment + 4..<start)
          else { continue }
          for hasLongLengths in [true, false] {
            let names = KallsymsNames(
              start: start, countPlace: start - alignment, count: Int(count), markersPlace: run.place,
              markers: values.map { Int($0) }, markerByteCount: run.byteCount, alignment: alignment,
              hasLongLengths: hasLongLengths, stretch: stretch)
            attempts -= 1
            if names.fitMarkers { return names }
            if attempts <= 0 { return nil }
          }
        }
      }
    }
    return nil
  }

  private init(
    start: UInt64, countPlace: UInt64, count: Int, markersPlace: UInt64, markers: [Int],
    markerByteCount: Int, alignment: UInt64, hasLongLengths: Bool, stretch: MemoryStretch
  ) {
    self.start = start
    self.countPlace = countPlace
    self.count = count
    self.markersPlace = markersPlace
    self.markers = markers
    self.markerByteCount = markerByteCount
    self.alignment = alignment
    self.hasLongLengths = hasLongLengths
    self.stretch = stretch
  }

  /// Whether walking each block of 256 names ends where the next one begins, and the last one before the
  /// markers. Blocks with missing pages are passed over, but one at least must be there.
  private var fitMarkers: Bool {
    var walked = 0
    for block in markers.indices {
      let names = min(256, count - 256 * block)
      let end = self.end(ofBlock: block)
      guard stretch.contains(start + UInt64(markers[block]), count: end - markers[block]) else { continue }
      var place = Int(start - stretch.first) + markers[block]
      for _ in 0..<names {
        guard let name = self.name(at: place) else { return false }
        place = name.upperBound
      }
      let reached = stretch.first + UInt64(place)
      let isLast = block + 1 == markers.count
      guard (isLast ? reached.aligned(to: alignment) : reached) == start + UInt64(end) else { return false }
      walked += 1
    }
    return walked > 0
  }

  /// Where a block of 256 names ends, from ``start``; of the last one with what fills up to the markers.
  func end(ofBlock block: Int) -> Int {
    block + 1 < markers.count ? markers[block + 1] : Int(markersPlace - start)
  }

  /// The tokens of the name whose length stands at `place`, an offset in the stretch; nil past its end.
  @inline(__always)
  func name(at place: Int) -> Range<Int>? {
    guard place < stretch.bytes.count else { return nil }
    var start = place + 1
    var length = Int(stretch.bytes[place])
    if hasLongLengths, length & 0x80 != 0 {
      guard start < stretch.bytes.count else { return nil }
      length = length & 0x7f | Int(stretch.bytes[start]) << 7
      start += 1
    }
    guard length <= Self.nameTokenLimit, length <= stretch.bytes.count - start else { return nil }
    return start..<(start + length)
  }
}
