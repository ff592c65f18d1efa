import LinuxKernel
import MemoryImages
import PageTables
import Testing

/// What real kernels keep about their frames, against what their page tables show.
@Suite(.enabled(if: !Guest.built.isEmpty || Guest.isRequired, "no guest is built; run scripts/guests build"))
struct FrameRecordTests {
  @Test("private pages of the probe are mapped as often as their records say", arguments: Guest.built)
  func probe(_ guest: Guest) throws {
    let image = try openImage(guest, "elf")
    let kernel = try KernelSearch(machine: image.architecture?.machine).run(in: KernelMemory(image))
    let map = ReverseMap(kernel.tables, in: image)
    let search = FrameRecordSearch(kernel, regions: RegionSearch(kernel)?.find(), map: map)
    guard case .found(let records) = search.run() else {
      Issue.record("\(search.run())")
      return
    }
    var tally = Tally()
    let probe = try #require(guest.truth.probe)
    let pagemaps = try [probe.parent, probe.child].map { (pid: $0, pages: try guest.pagemap(of: $0)) }
    /// How many of the two have the frame there by an entry that is Linux's only: PROT_NONE, or old.
    func hidden(_ address: UInt64, _ frame: PhysicalAddress) -> Int {
      pagemaps.count { pid, pages in
        guard let entry = pages[address], entry & (1 << 55 - 1) == frame.rawValue / guest.pageSizeBytes,
          let tables = kernel.tables.processes.first(where: { $0.pid == pid })
        else { return false }
        return Walker(format: kernel.format, root: tables.root).translate(VirtualAddress(address), in: image)
          .mapping == nil
      }
    }
    for (pid, pagemap) in pagemaps {
      for area in try guest.areas(of: pid) where !area.isGate && !area.isDevice {
        for address in stride(from: area.first, to: area.last, by: Int(guest.pageSizeBytes)) {
          // Present, and no page of a file or of shared memory.
          guard let entry = pagemap[address], entry >> 63 == 1, entry >> 61 & 1 == 0 else { continue }
          let frame = PhysicalAddress((entry & (1 << 55 - 1)) * guest.pageSizeBytes)
          let use = map.use(of: frame, in: image)
          guard let record = records.record(of: frame) else {
            tally.differ("no record of \(frame)")
            continue
          }
          if record.isCompound { tally.count("compound, not compared") }
          guard !record.isCompound, let count = record.mapCount else { continue }
          // The zero page is counted by nobody.
          if count == 0, record.referenceCount > 0, use.mappings.count > 1 {
            tally.count("not counted by the kernel")
          } else if count == FrameRecordSearch.mappingCount(use) {
            tally.count("map counts equal")
          } else if count == FrameRecordSearch.mappingCount(use) + hidden(address, frame) {
            tally.count("map counts equal with entries that the hardware does not take")
          } else {
            tally.differ(
              "\(pid) \(String(address, radix: 16)): \(count), found \(FrameRecordSearch.mappingCount(use))")
          }
          #expect(record.referenceCount >= count)
        }
      }
    }
    print("guest \(guest.name), struct page: \(records.evidence.detail); \(tally)")
    #expect(tally.differenceCount == 0)
    #expect(tally["map counts equal"] > 20)
  }

  @Test("a frame of page tables is no page of programs", arguments: Guest.built)
  func tables(_ guest: Guest) throws {
    let image = try openImage(guest, "elf")
    let kernel = try KernelSearch(machine: image.architecture?.machine).run(in: KernelMemory(image))
    let map = ReverseMap(kernel.tables, in: image)
    guard case .found(let records) = FrameRecordSearch(kernel, regions: nil, map: map).run() else { return }
    let level = kernel.format.level(Int(kernel.format.regions[0].firstDepth))
    let isSmall = Int(level.entryByteCount) << Int(kernel.format.regions[0].firstIndexBits) < 4096
    for process in kernel.tables.processes {
      let record = try #require(records.record(of: process.root.lower))
      // Smaller roots are objects of a slab, whose frames have no references of their own since 7.x.
      #expect(record.referenceCount > 0 || isSmall)
      #expect((record.mapCount ?? 0) == 0)
    }
  }
}
