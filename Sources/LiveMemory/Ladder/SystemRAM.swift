import MemoryImages

/// The machine's RAM and the place of the kernel's image in it, as `/proc/iomem` lists them for root.
struct SystemRAM {
  /// Whole pages of RAM, ascending and disjoint, both ends inclusive.
  var ranges: [ClosedRange<UInt64>] = []
  /// From the kernel's first byte of code to its last of data; nil where it is not told.
  var image: ClosedRange<UInt64>?

  init() throws(RungRefusal) {
    let text: String
    do throws(SystemFile.Failure) {
      text = try SystemFile("/proc/iomem").text()
    } catch {
      throw RungRefusal(error.isMissing ? .absent : .permission, error.words)
    }
    try self.init(text)
  }

  /// - Parameter text: in the form of `/proc/iomem`.
  init(_ text: String) throws(RungRefusal) {
    do throws(ImageError) {
      ranges = try MemoryMap(text: text, named: "/proc/iomem").ranges.compactMap(Self.wholePages)
    } catch {
      throw RungRefusal(.permission, error.description)
    }
    let names: Set = ["Kernel code", "Kernel rodata", "Kernel data", "Kernel bss"]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, names.contains(String(parts[1].drop(while: \.isWhitespace))) else { continue }
      let ends = parts[0].filter { !$0.isWhitespace }.split(separator: "-").map { UInt64($0, radix: 16) }
      guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last, last > 0 else {
        continue
      }
      image = image.map { min($0.lowerBound, first)...max($0.upperBound, last) } ?? first...last
    }
    if let found = image, !ranges.contains(where: { $0.contains(found.lowerBound) }) { image = nil }
  }

  /// The pages of 4 KiB that lie wholly inside.
  private static func wholePages(_ range: ClosedRange<UInt64>) -> ClosedRange<UInt64>? {
    let (start, carry) = range.lowerBound.addingReportingOverflow(4095)
    guard !carry else { return nil }
    let first = start & ~4095
    guard range.upperBound >= 4095 else { return nil }
    let last = range.upperBound & 4095 == 4095 ? range.upperBound : (range.upperBound & ~4095) &- 1
    return range.upperBound & ~4095 == 0 && last != range.upperBound || first > last ? nil : first...last
  }
}
