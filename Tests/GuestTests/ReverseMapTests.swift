import LinuxKernel
import MemoryImages
import PageTables
import Testing

/// The reverse map of real kernels' tables, held against the forward enumeration of the same tables.
@Suite(.enabled(if: !Guest.built.isEmpty || Guest.isRequired, "no guest is built; run scripts/guests build"))
struct ReverseMapTests {
  /// Every frame that is mapped anywhere, and where.
  private func places(_ walker: Walker<PagingFormat>, _ image: MemoryImage) -> [UInt64: [UInt64]] {
    let page = UInt64(1) << UInt64(walker.format.pageSizeBits)
    var places: [UInt64: [UInt64]] = [:]
    for range in walker.ranges(in: image) {
      guard let mapping = range.mapping else { continue }
      for number in 0..<(range.byteCount / page) {
        places[mapping.physical.rawValue + number * page, default: []].append(
          range.first.rawValue + number * page)
      }
    }
    return places
  }

  @Test("every mapping of every frame, forwards and back", arguments: Guest.built)
  func everyMapping(_ guest: Guest) throws {
    let image = try MemoryImage.open(path: try #require(guest.path("elf")))
    let walker = try guest.walker(guest.kernelRegisters ?? guest.registers)
    let process = ProcessTables(pid: 1, command: "loaded", root: walker.root)
    let set = PageTableSet(format: walker.format, master: nil, processes: [process])
    let map = ReverseMap(set, in: image)
    #expect(map.gaps.isEmpty)
    let expected = places(walker, image)
    var tally = Tally()
    for (frame, addresses) in expected {
      let use = map.use(of: PhysicalAddress(frame), in: image)
      let found = use.mappings.map(\.virtual.rawValue)
      if found == addresses.sorted(), use.isComplete {
        tally.count("mappings equal", found.count)
        tally.count(use.kind.rawValue)
      } else {
        tally.differ(
          "\(String(frame, radix: 16)): \(found.count) of \(addresses.count), first \(found.first ?? 0)")
      }
    }
    // And no more than those.
    let page = UInt64(1) << UInt64(walker.format.pageSizeBits)
    for frame in 0..<(guest.truth.ram.sizeBytes / page) {
      let address = guest.ramBase + frame * page
      guard expected[address] == nil else { continue }
      let use = map.use(of: PhysicalAddress(address), in: image)
      if use.mappings.isEmpty { tally.count("unmapped equal") } else { tally.differ("\(use.mappings)") }
    }
    print("guest \(guest.name), reverse map of \(map.leafCount) leaves in \(map.runCount) runs: \(tally)")
    #expect(tally.differenceCount == 0)
    #expect(tally["mappings equal"] > 10_000)
  }

  @Test(
    "with the loaded tables taken for the kernel's own, all of it is the kernel's", arguments: Guest.built)
  func asMaster(_ guest: Guest) throws {
    let image = try MemoryImage.open(path: try #require(guest.path("elf")))
    let walker = try guest.walker(guest.kernelRegisters ?? guest.registers)
    let process = ProcessTables(pid: 1, command: "loaded", root: walker.root)
    let set = PageTableSet(format: walker.format, master: walker.root, processes: [process])
    let map = ReverseMap(set, in: image)
    let last = walker.format.region(walker.format.regionCount - 1)
    // Where the halves have roots of their own, the lower one is the process's.
    let kernelStart = last.root == .upper ? last.first.rawValue : 0
    var count = 0
    // x86's espfix maps one frame at tens of thousands of places: it is asked about once.
    var asked: [PhysicalAddress: [VirtualAddress: FrameMapping]] = [:]
    for range in walker.ranges(in: image) {
      guard let mapping = range.mapping else { continue }
      if asked[mapping.physical] == nil {
        let use = map.use(of: mapping.physical, in: image)
        asked[mapping.physical] = Dictionary(
          use.mappings.map { ($0.virtual, $0) }, uniquingKeysWith: { first, _ in first })
      }
      let found = asked[mapping.physical]?[range.first]
      #expect(found?.access == mapping.access)
      #expect((found?.process == nil) == (range.first.rawValue >= kernelStart))
      count += 1
    }
    #expect(count > 100)
  }
}
