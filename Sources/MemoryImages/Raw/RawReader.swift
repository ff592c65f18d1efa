import PageTables

/// Reads files without any header: the bytes of RAM from a base address on, or one range after the other.
struct RawReader {
  private(set) var memory = MappedMemory.empty
  private(set) var facts = ImageFacts()

  init(_ contents: FileContents, options: ImageOptions) throws(ImageError) {
    var builder = SegmentBuilder()
    if let map = options.memoryMap {
      try place(map, contents, options, &builder)
    } else {
      let base = options.baseAddress?.rawValue ?? 0
      guard contents.count - 1 <= .max - base else {
        throw contents.error(
          .options, at: nil, "\(contents.count) bytes from \(hexadecimal(base)) on run past 2^64")
      }
      try builder.add(base...(base + (contents.count - 1)), in: contents, at: 0)
      if options.baseAddress == nil {
        facts.note("read as raw memory from address 0 on; a base address would say otherwise")
      }
      noteOddSize(contents.count, options)
    }
    memory = builder.build([contents.store])
  }

  /// A file for a memory map either has the ranges one behind the other, positions lost (LiME's raw mode), or
  /// has all addresses from the base on (padded). The size tells which.
  private mutating func place(
    _ map: MemoryMap, _ contents: FileContents, _ options: ImageOptions, _ builder: inout SegmentBuilder
  ) throws(ImageError) {
    let base = options.baseAddress?.rawValue ?? 0
    // The ranges are disjoint, so that their sizes add up to 2^64 at most; that one case wraps to 0.
    let sum = map.ranges.reduce(UInt64(0)) { $0 &+ ($1.upperBound - $1.lowerBound) &+ 1 }
    let end = map.ranges[map.ranges.count - 1].upperBound
    if contents.count == sum, sum > 0 {
      var offset: UInt64 = 0
      for range in map.ranges {
        try builder.add(range, in: contents, at: offset)
        offset += range.upperBound - range.lowerBound + 1
      }
      facts.note("read as the \(map.ranges.count) ranges of the memory map, one behind the other")
    } else if base <= map.ranges[0].lowerBound, contents.count > end - base {
      for range in map.ranges { try builder.add(range, in: contents, at: range.lowerBound - base) }
      facts.note(
        "read as all addresses from \(hexadecimal(base)) on, of which the memory map names RAM")
    } else {
      throw contents.error(
        .options, at: nil,
        "\(contents.count) bytes are neither the \(sum) bytes of the memory map nor all addresses from "
          + "\(hexadecimal(base)) to \(hexadecimal(end))",
        advice: "give the memory map of the same machine, or the right base")
    }
  }

  private mutating func noteOddSize(_ count: UInt64, _ options: ImageOptions) {
    if count % (1 << 20) != 0 {
      facts.note(
        "\(count) bytes are not a whole number of MiB: if this is a concatenation of ranges, as LiME's raw "
          + "mode writes it, addresses are wrong; the machine's /proc/iomem as memory map mends that"
      )
    } else if options.baseAddress == nil, count > 3 << 30 {
      facts.note(
        "a PC has a hole below 4 GiB; if it was cut out of this file, addresses above it are wrong and the "
          + "machine's /proc/iomem as memory map mends that")
    }
  }
}
