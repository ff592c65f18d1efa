extension MappedMemory: MemoryLayoutSource {
  func firstRun(from address: UInt64) -> MemoryRun? {
    var low = 0
    var high = segments.count
    while low < high {
      let middle = (low + high) / 2
      if segments[middle].last < address { low = middle + 1 } else { high = middle }
    }
    guard low < segments.count else { return nil }
    let segment = segments[low]
    return MemoryRun(start: max(segment.start, address), last: segment.last, state: segment.state)
  }
}
