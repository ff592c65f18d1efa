import PageTableEditing
import PageTables
import Testing

@testable import LinuxKernel

/// AArch64 with pages of 16 KiB and 48 bits: a root has two entries, and 1024 of them share a page.
@Suite("Roots of two entries are told by what is below them")
struct SmallRootTests {
  /// RAM of 64 MiB with tables that are written entry by entry, with the bits that Linux sets.
  struct Machine: ~Copyable {
    static let ramBase: UInt64 = 0x4000_0000
    static let ramByteCount: UInt64 = 64 << 20
    static let linear: UInt64 = 0xffff_0000_0000_0000
    static let image: UInt64 = 0xffff_8000_0800_0000
    /// `swapper_pg_dir`: a page in the image.
    static let master = PhysicalAddress(ramBase + (5 << 20))
    /// A page of roots.
    static let roots: UInt64 = ramBase + (40 << 20)
    static let userPage: UInt64 = 3 | 1 << 6 | 3 << 8 | 1 << 10 | 1 << 11 | 1 << 53
    static let data: UInt64 = 3 | 3 << 8 | 1 << 10 | 3 << 53
    static let text: UInt64 = 3 | 1 << 7 | 3 << 8 | 1 << 10 | 1 << 54

    var memory: SparseMemory
    var next: UInt64 = ramBase + (16 << 20)

    private init(_ memory: consuming SparseMemory) { self.memory = memory }

    static func make() throws -> Machine {
      var machine = Machine(try SparseMemory(base: PhysicalAddress(ramBase), byteCount: ramByteCount))
      try machine.mapKernel()
      return machine
    }

    private mutating func mapKernel() throws {
      for block in 0..<UInt64(2) {
        // 32 MiB each.
        try map(
          Self.linear + block << 25, to: Self.ramBase + block << 25, bits: Self.data & ~2, below: Self.master,
          depth: 2)
      }
      for page in 0..<UInt64(512) {
        let bits = page < 256 ? Self.text : Self.data
        try map(Self.image + page << 14, to: Self.ramBase + page << 14, bits: bits, below: Self.master)
      }
    }

    mutating func map(
      _ address: UInt64, to physical: UInt64, bits: UInt64, below root: PhysicalAddress, depth: Int = 3
    ) throws {
      var table = root.rawValue
      for level in 0...depth {
        let mask: UInt64 = level == 0 ? 1 : 2047
        let place = PhysicalAddress(table + (address >> UInt64(47 - 11 * level) & mask) << 3)
        if level == depth {
          try store(physical | bits, at: place)
          return
        }
        var entry = try word(at: place)
        if entry == 0 {
          entry = next | 3
          next += 1 << 14
          try store(entry, at: place)
        }
        table = entry & 0xffff_ffff_c000
      }
    }

    /// A process with pages at `addresses` in the page of roots.
    mutating func addProcess(slot: UInt64, addresses: [UInt64], pageCount: UInt64) throws -> PhysicalAddress {
      let root = PhysicalAddress(Self.roots + slot << 4)
      for address in addresses {
        for page in 0..<pageCount {
          try map(
            address + page << 14, to: Self.ramBase + (48 << 20) + page << 14, bits: Self.userPage, below: root
          )
        }
      }
      return root
    }

    func word(at place: PhysicalAddress) throws -> UInt64 {
      try memory.withBytes(at: place, count: 8) {
        $0.entry(atByteOffset: 0, byteCount: 8, order: .little) ?? 0
      }
    }

    mutating func store(_ word: UInt64, at place: PhysicalAddress) throws {
      try memory.store(entry: word, byteCount: 8, order: .little, at: place)
    }

    consuming func kernelMemory() -> KernelMemory {
      let last = PhysicalAddress(Self.ramBase + Self.ramByteCount - 1)
      return KernelMemory(
        SharedMemory(memory), ranges: [RAMRange(first: PhysicalAddress(Self.ramBase), last: last)])
    }
  }

  /// Low addresses have the first entry, position-independent programs and stacks the second.
  static let places: [[UInt64]] = [
    [0x40_0000], [0xaaaa_aaaa_0000, 0xffff_f000_0000], [0x40_0000, 0xffff_f000_0000],
  ]

  @Test("processes that share a page of roots, the kernel's root, and nothing else")
  func finds() throws {
    var machine = try Machine.make()
    var processes: [PhysicalAddress] = []
    for (index, slot) in ([0, 3, 4, 100, 511, 1023] as [UInt64]).enumerated() {
      processes.append(
        try machine.addProcess(slot: slot, addresses: Self.places[index % 3], pageCount: 8))
    }
    let memory = machine.kernelMemory()
    let result = RootScan(memory).run()
    let best = try #require(result.best)
    #expect(best.format.name.description == "aarch64-16k" && best.format.virtualAddressBits == 48)
    #expect(best.processes.map(\.root) == processes)
    #expect(best.master == Machine.master)
    #expect(best.directMap?.value == Machine.linear &- Machine.ramBase)
    #expect(result.gaps.isEmpty)
  }
}
