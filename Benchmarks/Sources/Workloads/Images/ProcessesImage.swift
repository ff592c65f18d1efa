public import LinuxKernel
public import MemoryImages
import PageTables

/// A made-up machine with many small processes that share one kernel half and a library; no page belongs to
/// two of them otherwise, and no table is mapped but by the direct map: a sound system.
public struct ProcessesImage: Sendable {
  public let memory: MemoryImage
  public let tables: PageTableSet
  public let ram: [RAMRange]
  /// All table pages, the kernel's among them.
  public let tableCount: Int

  private static let data: UInt64 = 0x8000_0000_0000_0067
  private static let code: UInt64 = 0x25
  private static let kernelData: UInt64 = 0x8000_0000_0000_0163

  /// Nil if the image cannot be opened; it says why.
  public init?(processCount: Int) {
    var writer = ImageWriter()
    let master = writer.newTable()
    for large in 0..<(ImageWriter.byteCount >> 21) {
      writer.mapLarge(
        root: master, address: 0xffff_8880_0000_0000 + large << 21, frame: large << 9, flags: Self.kernelData)
    }
    for page in UInt64(0)..<4096 {
      let frame = writer.newPage() >> 12
      writer.mapPages(
        root: master, address: 0xffff_c900_0000_0000 + page << 12, pages: 1, frame: frame,
        flags: Self.kernelData)
    }
    let library = (0..<400).map { _ in writer.newPage() >> 12 }
    var processes: [ProcessTables] = []
    for index in 0..<processCount {
      let root = writer.newTable()
      for entry in UInt64(256)..<512 { writer.setEntry(root, entry, writer.entry(master, entry)) }
      for (page, frame) in library.enumerated() {
        writer.mapPages(
          root: root, address: 0x7f12_3456_7000 + UInt64(page) << 12, pages: 1, frame: frame, flags: Self.code
        )
      }
      // Program, heap, stack, and areas between them: each in a table of its own, and thinly filled.
      for area in [0x5555_5555_4000, 0x5555_5600_0000, 0x7ffc_0000_0000]
        + (0..<8).map({ 0x7f20_0000_0000 + $0 << 23 }) as [UInt64]
      {
        for page in UInt64(0)..<16 {
          let frame = writer.newPage() >> 12
          writer.mapPages(root: root, address: area + page << 12, pages: 1, frame: frame, flags: Self.data)
        }
      }
      processes.append(
        ProcessTables(pid: index + 1, command: "made-up", root: PageTableRoot(PhysicalAddress(root))))
    }
    guard let image = ImageWriter.image(at: writer.path, segments: 1) else { return nil }
    memory = image
    tables = PageTableSet(
      format: .x86_64, master: PageTableRoot(PhysicalAddress(master)), processes: processes)
    ram = [RAMRange(first: PhysicalAddress(0), last: PhysicalAddress(ImageWriter.byteCount - 4097))]
    tableCount = writer.tableCount
  }
}
