import PageTables

/// Finds the `struct page`s, and proves the place by frames whose mappings are counted in the page tables.
public struct FrameRecordSearch: Sendable {
  /// What was found, or why nothing was, as a sentence.
  public enum Answer: Sendable {
    case found(FrameRecords)
    case unknown(String)
  }

  let kernel: Kernel
  let regions: KernelRegionMap?
  let map: ReverseMap

  /// - Parameter map: of all tables of the kernel.
  public init(_ kernel: Kernel, regions: KernelRegionMap?, map: ReverseMap) {
    self.kernel = kernel
    self.regions = regions
    self.map = map
  }

  /// - Complexity: a few hundred frames are looked at, for each of a handful of places.
  public func run() -> Answer {
    guard let master = kernel.master else { return .unknown("the kernel page table was not found") }
    guard let layout = FrameRecordLayout(types: kernel.types, vmcoreinfo: kernel.vmcoreinfo) else {
      return .unknown("neither BTF nor VMCOREINFO tells what it looks like, or they contradict each other")
    }
    let reader = MasterReader(
      format: kernel.format, master: PageTableRoot(master.value), memory: kernel.memory)
    let samples = samples()
    guard samples.count >= 8 else {
      return .unknown("too few pages of programs are there to check its place by")
    }
    var best: (records: FrameRecords, equal: Int, compared: Int)?
    for (base, evidence) in places(layout, reader) {
      let records = FrameRecords(layout: layout, reader: reader, base: base, evidence: evidence)
      let counts = samples.compactMap { sample -> Bool? in
        guard let record = records.record(of: sample.frame), let count = record.mapCount, !record.isCompound,
          !record.flags.contains("reserved")
        else { return nil }
        return count == sample.mappingCount
      }
      let equal = counts.count { $0 }
      if equal > best?.equal ?? 0 { best = (records, equal, counts.count) }
    }
    guard var best, best.equal >= 8, best.equal * 4 >= best.compared * 3 else {
      return .unknown("where it is was not found, or that memory is missing")
    }
    best.records.evidence.detail +=
      "; of \(best.compared) pages of programs \(best.equal) are mapped as often as it says"
    return .found(best.records)
  }

  /// How often programs map the frame; what they share by sharing tables counts once, as the kernel counts.
  public static func mappingCount(_ use: FrameUse) -> Int { use.mappings.count { $0.process != nil } }

  private func samples() -> [(frame: PhysicalAddress, mappingCount: Int)] {
    let processes = map.set.processes
    var frames: [PhysicalAddress] = []
    for process in processes where frames.count < 512 {
      var sampler = LeafSampler(kernel.format)
      _ = Walker(format: kernel.format, root: process.root).enumerate(
        from: VirtualAddress(0), through: kernel.lastUserAddress, in: kernel.memory.memory, visitor: &sampler)
      frames += sampler.frames
    }
    return frames.uniqued().filter(kernel.memory.isRAM).prefix(256).map { frame in
      (frame, Self.mappingCount(map.use(of: frame, in: kernel.memory.memory, searchLimit: 1 << 14)))
    }
  }

  /// Where the record of frame 0 would be.
  private func places(_ layout: FrameRecordLayout, _ reader: MasterReader) -> [(UInt64, Evidence)] {
    var arrays: [(UInt64, Evidence)] = []
    if let place = kernel.symbols?.address(of: "vmemmap_base"), let value = reader.pointer(at: place) {
      arrays.append((value, Evidence(.kallsyms, "vmemmap_base")))
    }
    if let value = kernel.vmcoreinfo?.symbol("vmemmap") {
      arrays.append((value, Evidence(.vmcoreinfo, "SYMBOL(vmemmap)")))
    }
    if let value = kernel.vmcoreinfo?.number("VMEMMAP_START") {
      arrays.append((UInt64(bitPattern: value), Evidence(.vmcoreinfo, "NUMBER(VMEMMAP_START)")))
    }
    let variable = kernel.vmcoreinfo?.symbol("mem_map") ?? kernel.symbols?.address(of: "mem_map")
    if let variable, let value = reader.pointer(at: variable) {
      arrays.append((value, Evidence(.vmcoreinfo, "what mem_map points at")))
    }
    for region in regions?.regions ?? RegionList() where region.name == "vmemmap" {
      arrays.append((region.first.rawValue, region.evidence))
    }
    // The array begins with frame 0, or with the first frame that the linear map has or could have.
    var origins: [(UInt64, String)] = [(0, "frame 0")]
    if let first = kernel.memory.ram.first?.first.rawValue, first > 0 {
      origins.append((first, "the first frame of RAM"))
      origins.append((first & ~((128 << 20) - 1), "the first section of RAM"))
    }
    // arm64: PAGE_OFFSET is at the beginning of the upper half, and memstart_addr is what it maps.
    let half = kernel.format.region(kernel.format.regionCount - 1).first.rawValue
    origins.append((half &- kernel.pointers.directMapOffset, "what the linear map begins with"))
    if let offset = kernel.vmcoreinfo?.number("PHYS_OFFSET") {
      origins.append((UInt64(bitPattern: offset), "PHYS_OFFSET"))
    }
    let pageBits = UInt64(kernel.format.pageSizeBits)
    return arrays.flatMap { base, evidence in
      origins.map { origin, name in
        // A physical address may be before zero here: the frame's number keeps its sign.
        let frame = UInt64(bitPattern: Int64(bitPattern: origin) >> Int64(pageBits))
        return (
          base &- frame &* UInt64(layout.byteCount),
          Evidence(evidence.method, "\(evidence.detail), counted from \(name)")
        )
      }
    }
  }
}

/// Takes a few leaves of each of a process's last tables, and of not too many tables.
private struct LeafSampler: TableVisitor {
  let format: PagingFormat
  var frames: [PhysicalAddress] = []
  private var tableCount = 0

  init(_ format: PagingFormat) { self.format = format }

  mutating func shouldEnter(_ position: TablePosition) -> Bool {
    tableCount += 1
    return frames.count < 48 && tableCount < 256
  }

  mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition) {
    let geometry = format.geometry(position.depth)
    let byteCount = 1 << Int(geometry.entrySizeBits)
    var taken = 0
    for offset in stride(from: 0, to: bytes.byteCount, by: byteCount) {
      guard taken < 8, frames.count < 48 else { return }
      let entry = bytes.entry(atByteOffset: offset, byteCount: byteCount, order: format.byteOrder) ?? 0
      if geometry.isLeaf(entry) {
        frames.append(PhysicalAddress(geometry.leafAddress(entry)))
      } else {
        let rule = format.level(position.depth).rule(for: entry).rule
        guard rule.kind == .leaf else { continue }
        // The frame, where an address's bits do not lie together.
        let address = rule.address.address(from: entry).rawValue & ~format.memoryEncryptionMask
        frames.append(PhysicalAddress(address))
      }
      taken += 1
    }
  }

  mutating func visitEntry(
    _ entry: UInt64, ruleIndex: Int, first: VirtualAddress, last: VirtualAddress, position: TablePosition
  ) {}

  mutating func visitStop(first: VirtualAddress, last: VirtualAddress, reason: StopReason, depth: Int) {}
}
