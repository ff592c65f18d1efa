import PageTables

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension KernelMemory {
  /// The RAM in units of at most `byteCount` bytes, each beginning at a multiple of 4096: work for threads.
  func units(ofBytes byteCount: UInt64) -> [RAMRange] {
    var units: [RAMRange] = []
    for range in ranges {
      let (start, carry) = range.first.rawValue.addingReportingOverflow(4095)
      guard !carry, start & ~4095 <= range.last.rawValue else { continue }
      var first = start & ~4095
      while true {
        let last = min(
          range.last.rawValue,
          first.addingReportingOverflow(byteCount - 1).overflow
            ? .max : first + byteCount - 1)
        units.append(RAMRange(first: PhysicalAddress(first), last: PhysicalAddress(last)))
        guard last < range.last.rawValue else { break }
        first = last + 1
      }
    }
    return units
  }
}

/// How many processors can work at once.
enum ProcessorCount {
  static var active: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
