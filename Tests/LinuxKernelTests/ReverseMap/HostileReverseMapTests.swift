import LinuxKernel
import PageTables
import TestMemory
import Testing

@Suite("A reverse map of hostile tables stays bounded and says what is missing")
struct HostileReverseMapTests {
  /// Present, writable, user, accessed, dirty.
  private static let flags: UInt64 = 0x67

  private func set(_ roots: UInt64..., format: PagingFormat = .x86_64) -> PageTableSet {
    PageTableSet(
      format: format, master: nil,
      processes: roots.enumerated().map { index, root in
        ProcessTables(pid: index + 1, command: "forged", root: PageTableRoot(PhysicalAddress(root)))
      })
  }

  /// Six pages of RAM with entries at places.
  private func memory(_ entries: [UInt64: UInt64]) -> ByteMemory {
    var memory = ByteMemory(bytes: [UInt8](repeating: 0, count: 0x6000))
    for (address, entry) in entries { memory.store(entry, at: address, byteCount: 8) }
    return memory
  }

  @Test("a root that names itself is a table at every level, and mapped through itself")
  func selfMap() {
    // What other systems do on purpose, at another index.
    let memory = memory([0x1000 + 8 * 5: 0x1000 | Self.flags])
    let set = set(0x1000)
    let map = ReverseMap(set, in: memory)
    #expect(map.tableCount == 4)
    #expect(map.gaps.isEmpty)
    let use = map.use(of: PhysicalAddress(0x1000), in: memory)
    #expect(use.isComplete)
    let address: UInt64 = 5 << 39 | 5 << 30 | 5 << 21 | 5 << 12
    #expect(use.mappings.map(\.virtual) == [VirtualAddress(address)])
    #expect(Set(use.tables.map(\.depth)) == [0, 1, 2, 3])
    // The processor agrees.
    let walker = Walker(format: set.format, root: set.processes[0].root)
    #expect(
      walker.translate(VirtualAddress(address), in: memory).mapping?.physical == PhysicalAddress(0x1000))
  }

  @Test("four tables that describe 512^4 mappings of one frame are four tables; a search ends at its limit")
  func everythingToOneFrame() {
    var entries: [UInt64: UInt64] = [:]
    for table: UInt64 in 1...4 {
      for index: UInt64 in 0..<512 { entries[table << 12 + index * 8] = (table + 1) << 12 | Self.flags }
    }
    let memory = memory(entries)
    let map = ReverseMap(set(0x1000), in: memory)
    #expect(map.tableCount == 4)
    #expect(map.runCount == 512)
    #expect(map.byteCount < 1 << 20)
    let use = map.use(of: PhysicalAddress(0x5000), in: memory, searchLimit: 5000)
    #expect(!use.isComplete)
    #expect(use.mappings.count > 1000 && use.mappings.count <= 5000)
    for mapping in use.mappings.prefix(100) {
      let walker = Walker(format: PagingFormat.x86_64, root: PageTableRoot(PhysicalAddress(0x1000)))
      #expect(walker.translate(mapping.virtual, in: memory).mapping?.physical == PhysicalAddress(0x5000))
    }
  }

  @Test("a table that cannot be read is a gap that names it")
  func unreadable() {
    let memory = memory([0x1000: 0x2000 | Self.flags, 0x2000: 0xdead_b000 | Self.flags])
    let map = ReverseMap(set(0x1000), in: memory)
    #expect(map.gaps.count == 1)
    #expect(map.gaps.first?.contains("deadb000") == true)
    #expect(map.gaps.first?.contains("outsideRAM") == true)
    #expect(map.use(of: PhysicalAddress(0x2000), in: memory).tables.map(\.depth) == [1])
  }

  @Test("the limits of tables and entries hold, and are told")
  func limits() {
    let memory = GarbageMemory(seed: 3, setBits: 0x3, keptBits: 0x0000_000f_ffff_ff67)
    let few = ReverseMap(set(0x1000), in: memory, limits: ReverseMapLimits(tableCount: 100), threadCount: 3)
    #expect(few.tableCount == 100)
    #expect(few.gaps.contains { $0.contains("limit of 100 tables") })
    let limits = ReverseMapLimits(tableCount: 2000, entryCount: 5000)
    let short = ReverseMap(set(0x1000), in: memory, limits: limits, threadCount: 3)
    #expect(short.gaps.contains { $0.contains("limit of 5000 entries") })
    // A thread finishes the tables that it has taken.
    #expect(short.runCount < 5000 + 3 * 32 * 512)
  }

  @Test(
    "noise in place of tables gives only mappings that a walk confirms",
    arguments: ["x86", "x86-64", "arm", "aarch64-4k", "riscv-sv39"])
  func noise(_ name: String) throws {
    let format = try #require(PagingFormat.named(name))
    let set = set(0x4000, 0x8000, format: format)
    var random = SeededGenerator(seed: 1)
    var unconfirmed = 0
    var found = 0
    for setBits: UInt64 in [1, 3, 0x301] {
      let memory = GarbageMemory(seed: 11, setBits: setBits, keptBits: 0x003f_fbff)
      let map = ReverseMap(set, in: memory, limits: ReverseMapLimits(tableCount: 3000, entryCount: 1 << 20))
      for _ in 0..<3000 {
        // A frame that something maps, if this address happens to be mapped.
        let region = format.region(Int.random(in: 0..<format.regionCount, using: &random))
        let address = UInt64.random(in: region.first.rawValue...region.last.rawValue, using: &random)
        let walker = Walker(format: format, root: set.processes[0].root)
        guard let mapped = walker.translate(VirtualAddress(address), in: memory).mapping else { continue }
        let use = map.use(of: mapped.physical, in: memory, searchLimit: 300)
        for mapping in use.mappings {
          let root = (mapping.process ?? set.processes[0]).root
          let answer = Walker(format: format, root: root).translate(mapping.virtual, in: memory)
          if answer.mapping?.physical != use.physical { unconfirmed += 1 }
          found += 1
        }
      }
    }
    #expect(unconfirmed == 0)
    #expect(found > 0)
  }

  @Test("no processes and no kernel is an empty map")
  func nothing() {
    let memory = memory([:])
    let map = ReverseMap(set(), in: memory)
    #expect(map.tableCount == 0)
    #expect(map.use(of: PhysicalAddress(.max), in: memory).kind == .unmapped)
  }
}
