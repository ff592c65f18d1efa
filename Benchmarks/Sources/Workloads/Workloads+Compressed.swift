import CZlib
import ImageWriters
import MemoryImages
import PageTables

extension Workload {
  /// Counting every leaf of an image whose pages have to be decompressed first. A page is decompressed once and
  /// then cached, so the yardstick is the decompressor alone over the same pages, followed by the same counting
  /// in plain memory: a reader can hardly be faster than that.
  public static func compressed(_ name: String, _ image: SyntheticImage) -> [Workload] {
    let tables = TablePages(of: image)
    let group = "compressed \(name)"
    let format = PagingFormat.x86_64
    @Sendable func count(_ memory: some PhysicalMemory) -> UInt64 {
      image.roots.reduce(0) { $0 &+ enumerate(format, root: $1, in: memory) }
    }
    var workloads: [Workload] = []
    for (kind, compression) in [("zlib", Compression.zlib), ("zstd", .zstd), ("LZO", .lzo)] {
      let packed = tables.pages.map { compression.encode($0.value) }
      let file = tables.kdump(compression)
      if workloads.isEmpty {
        workloads.append(
          Workload(group, "zlib alone, then plain memory", unit: "tables", count: tables.pages.count) {
            var page = [UInt8](repeating: 0, count: 4096)
            for bytes in packed {
              var byteCount = uLongf(page.count)
              guard unsafe uncompress(&page, &byteCount, bytes, uLong(bytes.count)) == Z_OK else { return 0 }
            }
            return count(image.memory)
          })
      }
      workloads.append(
        Workload(group, "kdump, \(kind), opened and read once", unit: "tables", count: tables.pages.count) {
          do throws(ImageError) {
            return count(try MemoryImage.open(bytes: file))
          } catch {
            return 0
          }
        })
    }
    return workloads
  }
}

/// The table pages of an image.
struct TablePages: Sendable {
  private(set) var pages: [UInt64: [UInt8]] = [:]

  init(of image: SyntheticImage) {
    for root in image.roots {
      var collector = TableCollector()
      Walker(format: PagingFormat.x86_64, root: PageTableRoot(PhysicalAddress(root)))
        .enumerate(in: image.memory, visitor: &collector)
      for table in collector.tables {
        pages[table] = try? image.memory.withBytes(at: PhysicalAddress(table), count: 4096) { bytes in
          (0..<512).flatMap { index -> [UInt8] in
            let entry = bytes.entry(atByteOffset: index * 8, byteCount: 8, order: .little) ?? 0
            return (0..<8).map { UInt8(truncatingIfNeeded: entry >> ($0 * 8)) }
          }
        }
      }
    }
  }

  /// The pages as a kdump in which everything else is left out.
  func kdump(_ compression: Compression) -> [UInt8] {
    var writer = KdumpWriter()
    writer.frameCount = (pages.keys.max() ?? 0) >> 12 + 1
    for (address, bytes) in pages { writer.frames[address >> 12] = .page(bytes, compression) }
    return writer.bytes()
  }
}

/// Notes every table that is entered.
private struct TableCollector: TableVisitor {
  private(set) var tables: [UInt64] = []

  mutating func shouldEnter(_ position: TablePosition) -> Bool {
    tables.append(position.table.rawValue)
    return true
  }

  mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition) {}
  mutating func visitEntry(
    _ entry: UInt64, ruleIndex: Int, first: VirtualAddress, last: VirtualAddress, position: TablePosition
  ) {}
  mutating func visitStop(first: VirtualAddress, last: VirtualAddress, reason: StopReason, depth: Int) {}
}
