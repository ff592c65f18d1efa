import PageTables

/// A made-up machine: processes whose areas, runs, holes and swapped pages are spread as a busy machine's are.
public struct SyntheticImage: Sendable {
  public let memory: FlatMemory
  /// The file behind the memory: what a source that opens files is given.
  public let path: String
  /// One top table a process.
  public let roots: [UInt64]
  /// Tables in the image, and leaves that were written to them.
  public let tableCount: Int
  public let leafCount: Int
  /// Mapped addresses of each process in random order.
  public let addresses: [[UInt64]]

  /// Eight processes, 47 M pages of 4 KiB, 10 k of 2 MiB, 103 k tables: larger than a processor's caches.
  public static func big() -> SyntheticImage {
    SyntheticImage(processes: 8, pagesEach: 5_900_000, largePagesEach: 1000, vmallocPages: 60_000)
  }

  /// One process whose tables, 2.5 MB, stay in a cache.
  public static func small() -> SyntheticImage {
    SyntheticImage(processes: 1, pagesEach: 225_000, largePagesEach: 50, vmallocPages: 5_000)
  }

  private init(processes: Int, pagesEach: UInt64, largePagesEach: UInt64, vmallocPages: UInt64) {
    var writer = ImageWriter()
    var random = SplitMix64(seed: 0x7061_6765)
    // The kernel half: a direct map of 2 MiB pages and a vmalloc area; all processes share the tables.
    let master = writer.newTable()
    for large in 0..<(ImageWriter.byteCount >> 21) {
      writer.mapLarge(
        root: master, address: 0xffff_8880_0000_0000 + large << 21, frame: large << 9,
        flags: 0x8000_0000_0000_0163)
    }
    Self.fill(
      &writer, &random, root: master, from: 0xffff_c900_0000_0000, pages: vmallocPages, isKernel: true
    ) { _ in }
    var roots: [UInt64] = []
    var addresses: [[UInt64]] = []
    for _ in 0..<processes {
      let root = writer.newTable()
      for index in 256..<512 { writer.setEntry(root, UInt64(index), writer.entry(master, UInt64(index))) }
      var present: [UInt64] = []
      for large in 0..<largePagesEach {
        writer.mapLarge(
          root: root, address: 0x7000_0000_0000 + (large &* 3) << 21,
          frame: random.next(below: ImageWriter.frameCount >> 9) << 9, flags: 0x8000_0000_0000_0067)
      }
      Self.fill(
        &writer, &random, root: root, from: 0x5555_5555_4000, pages: pagesEach, isKernel: false
      ) { present.append($0) }
      // Half a million of them, in random order.
      let count = min(present.count, 1 << 19)
      for index in 0..<count {
        let other = index + Int(random.next(below: UInt64(present.count - index)))
        present.swapAt(index, other)
      }
      addresses.append(Array(present.prefix(count)))
      roots.append(root)
    }
    memory = writer.memory
    path = writer.path
    self.roots = roots
    self.addresses = addresses
    tableCount = writer.tableCount
    leafCount = writer.leafCount
  }

  /// Areas from `start` upwards until `pages` of them are mapped.
  private static func fill(
    _ writer: inout ImageWriter, _ random: inout SplitMix64, root: UInt64, from start: UInt64, pages: UInt64,
    isKernel: Bool, mapped: (UInt64) -> Void
  ) {
    var address = start
    var left = pages
    while left > 0 {
      let areaEnd = address + random.pages(bits: 3...15) << 12
      let access: [UInt64] = [0x25, 0x8000_0000_0000_0025, 0x8000_0000_0000_0067, 0x8000_0000_0000_0067]
      let areaFlags = isKernel ? 0x8000_0000_0000_0163 : access[Int(random.next(below: 4))]
      while address < areaEnd, left > 0 {
        let runPages = min(left, 1 + random.next(below: 36), (areaEnd - address) >> 12)
        let dice = random.next(below: 32)
        if dice >= 2 {
          let frame = random.next(below: ImageWriter.frameCount - runPages)
          // Old and clean pages in between do not end a range.
          let flags = dice < 6 ? areaFlags & ~0x60 : areaFlags
          writer.mapPages(root: root, address: address, pages: runPages, frame: frame, flags: flags)
          for page in 0..<runPages { mapped(address + page << 12) }
          left -= runPages
        } else if dice == 1, !isKernel {
          // Swapped out: type 0, inverted offset.
          for page in 0..<runPages {
            let table = writer.table(root: root, address: address + page << 12, shift: 12)
            let slot = ~(random.next(below: 1 << 24)) << 9 & 0x07ff_ffff_ffff_fe00
            writer.setEntry(table, (address + page << 12) >> 12 & 511, slot)
          }
        }
        address += runPages << 12
      }
      address += random.pages(bits: 0...12) << 12
    }
  }
}
