extension KdumpPages {
  /// Steps over the bitmaps 64 frames at a time.
  ///
  /// The state is that of the bitmaps: a page whose descriptor or data lies behind the end of a cut file
  /// counts as present here, and is answered as truncated when it is read.
  func firstRun(from address: UInt64) -> MemoryRun? {
    guard let (first, state) = firstFrame(from: address / pageBytes) else { return nil }
    let end = endOfRun(from: first, state)
    return MemoryRun(start: max(address, first * pageBytes), last: end * pageBytes - 1, state: state)
  }

  /// The first RAM frame from `frame` on, and its state.
  private func firstFrame(from frame: UInt64) -> (UInt64, ImageRange.State)? {
    var base = frame & ~63
    var mask = UInt64.max << (frame % 64)
    while base < frameCount {
      let word = (dumpedWord(base) | ramWord(base)) & mask
      if word != 0 {
        let found = base + UInt64(word.trailingZeroBitCount)
        return (found, state(of: found))
      }
      mask = .max
      base += 64
    }
    return nil
  }

  /// The frame behind the last one of the run that `frame` begins.
  private func endOfRun(from frame: UInt64, _ state: ImageRange.State) -> UInt64 {
    // Parts of a split set end a run, since one of them may be missing.
    let limit = endOfPart(from: frame)
    var base = frame & ~63
    var mask = UInt64.max << (frame % 64)
    while base < limit {
      let dumped = dumpedWord(base)
      let differs = (state == leftOut ? ~(ramWord(base) & ~dumped) : ~dumped) & mask
      if differs != 0 { return min(limit, base + UInt64(differs.trailingZeroBitCount)) }
      mask = .max
      base += 64
    }
    return limit
  }
}
