import LinuxKernel
import PageTables
import Testing

@Suite("The kernel's regions from a master that nobody's kernel made")
struct RegionSearchTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var places: SyntheticKernel.Places
    var testDescription: String { String(places.linear, radix: 16) }

    static let all: [Case] = [
      Case(places: .init()),
      Case(
        places: .init(
          linear: 0xffff_8880_0000_0000, image: 0xffff_ffff_8100_0000, vmalloc: 0xffff_c900_0000_0000,
          memmap: 0xffff_ea00_0000_0000, modules: 0xffff_ffff_a000_0000)),
      Case(
        places: .init(
          linear: 0xffff_d123_8000_0000, image: 0xffff_ffff_b600_0000, vmalloc: 0xffff_d987_4000_0000,
          memmap: 0xffff_fd00_0000_0000, modules: 0xffff_ffff_c000_0000)),
    ]
  }

  @Test("bases at random are found from the leaves alone", arguments: Case.all)
  func bases(_ test: Case) throws {
    let kernel = try SyntheticKernel(test.places)
    let map = kernel.search.find()
    func name(_ address: UInt64) -> String? { map.regions.region(at: VirtualAddress(address))?.name }
    func first(_ name: String) -> UInt64? { map.regions.first { $0.name == name }?.first.rawValue }
    let places = test.places
    #expect(map.isComplete)
    #expect(first("linear map") == places.linear)
    #expect(first("vmalloc") == places.vmalloc)
    #expect(first("vmemmap") == places.memmap)
    #expect(first("kernel text") == places.image)
    #expect(name(places.image + SyntheticKernel.textByteCount) == "kernel rodata")
    #expect(name(places.image + SyntheticKernel.dataOffset) == "kernel data")
    #expect(name(places.image - 0x1000) == "kernel image")
    #expect(name(places.modules) == "modules")
    #expect(name(0xffff_fe00_0000_0000) == "cpu_entry_area")
    #expect(name(0xffff_ff10_0000_d000) == "espfix")
    #expect(name(0xffff_ffff_ff5f_d000) == "fixmap")
    #expect(name(0xffff_8000_0000_0000) == nil)
    #expect(!map.regions.contains { $0.name == "KASAN shadow" })
    for range in map.mappings { #expect(map.regions.region(at: range.first) != nil) }
  }

  @Test("the linear map's evidence says how much spoke for it")
  func evidence() throws {
    let map = try SyntheticKernel().search.find()
    let linear = try #require(map.regions.first { $0.name == "linear map" })
    #expect(linear.evidence.method == .pageTables)
    #expect(linear.evidence.detail.contains("64 MiB of RAM"))
  }

  @Test("pages between holes with the mark of a stack's end are probably one, if nobody says what they are")
  func stack() throws {
    // Four pages with the mark; two, which are too few; eight, which a kernel with KASAN has; four without it.
    let places = SyntheticKernel.Places()
    let mark: UInt64 = 0x57ac_6e9d
    let kernel = try SyntheticKernel(places) { writer in
      for offset: UInt64 in [0, 0x8000, 0x1_0000] { try writer.word(places.vmalloc + offset, mark) }
      try writer.word(places.vmalloc + 0x2_0000, mark + 1)
    }
    let areas = kernel.search.find().areas
    func area(_ offset: UInt64) -> KernelRegion? {
      areas.region(at: VirtualAddress(places.vmalloc + offset))
    }
    #expect(area(0)?.detail == "probably a thread's stack")
    #expect(area(0)?.byteCount == 0x4000)
    #expect(area(0x8000) == nil)
    #expect(area(0x1_0000)?.byteCount == 0x8000)
    #expect(area(0x2_0000) == nil)
  }

  /// Two areas in `vmap_area_list`, their records in the linear map.
  private func kernelWithAreas(
    links: (UInt64, UInt64, UInt64) -> [UInt64] = { [$0, $1, $2] },
    more: (inout SyntheticKernel.Writer) throws -> Void = { _ in }
  ) throws -> (kernel: SyntheticKernel, head: UInt64) {
    let places = SyntheticKernel.Places()
    let head = places.image + SyntheticKernel.dataOffset + 0x100
    let records = places.linear + 57 << 20
    let kernel = try SyntheticKernel(places) { writer in
      try writer.area(
        at: records, first: places.vmalloc, end: places.vmalloc + 0x5000, flags: 2, pages: 4,
        caller: places.image + 0x1234)
      try writer.area(
        at: records + 0x200, first: places.vmalloc + 0x8000, end: places.vmalloc + 0xb000, flags: 1, pages: 0,
        caller: places.image + 0x5678)
      try writer.link(links(head, records + 40, records + 0x228))
      try more(&writer)
    }
    return (kernel, head)
  }

  @Test("areas of vmalloc belong to their callers")
  func owners() throws {
    let (kernel, head) = try kernelWithAreas()
    var search = kernel.search
    search.vmcoreinfo = ["SYMBOL(vmap_area_list)": String(head, radix: 16)]
    let text = kernel.places.image
    search.symbolName = { "function+0x\(String($0 - text, radix: 16))" }
    let map = search.find()
    #expect(map.areas.map(\.owner) == ["function+0x1234", "function+0x5678"])
    #expect(map.areas.map(\.detail) == ["vmalloc, 4 pages", "ioremap of physical 0x0"])
    #expect(map.areas.map(\.byteCount) == [0x5000, 0x3000])
    #expect(map.areas.allSatisfy { $0.evidence.method == .vmcoreinfo && $0.name == "vmalloc" })
  }

  @Test("the records are found in RAM if that is asked for")
  func recordsInRAM() throws {
    let (kernel, _) = try kernelWithAreas()
    var search = kernel.search
    search.searchesRAM = true
    let map = search.find()
    #expect(map.areas.map(\.first.rawValue) == [kernel.places.vmalloc, kernel.places.vmalloc + 0x8000])
    #expect(map.areas.allSatisfy { $0.evidence.method == .shape && $0.owner?.hasPrefix("caller 0x") == true })
  }

  @Test("freed records in RAM that overlap what was given out again are no areas")
  func staleRecords() throws {
    let places = SyntheticKernel.Places()
    let stale = places.linear + 57 << 20 + 0x400
    let (kernel, _) = try kernelWithAreas(more: { writer in
      // Nobody's: without a vm_struct.
      for (place, offset) in [(stale, UInt64(0)), (stale + 0x100, 0x8000)] {
        try writer.word(place, places.vmalloc + offset)
        try writer.word(place + 8, places.vmalloc + offset + 0x2000)
      }
      try writer.link([stale + 40, stale + 0x128])
    })
    var search = kernel.search
    search.searchesRAM = true
    let map = search.find()
    #expect(map.areas.map(\.first.rawValue) == [places.vmalloc, places.vmalloc + 0x8000])
    #expect(map.areas.map(\.byteCount) == [0x5000, 0x3000])
    #expect(map.areas.allSatisfy { $0.owner?.hasPrefix("caller 0x") == true })
  }

  @Test("a list that goes in circles past its head ends, and is called partial")
  func circle() throws {
    // The head leads into a circle of the two records.
    let (kernel, head) = try kernelWithAreas { [$1, $2, $0].dropLast() }
    var search = kernel.search
    let records = kernel.places.linear + 57 << 20
    let pointer = kernel.places.image + SyntheticKernel.dataOffset + 0x100
    #expect(pointer == head)
    search.vmcoreinfo = ["SYMBOL(vmap_area_list)": String(records + 0x300, radix: 16)]
    #expect(search.find().areas.allSatisfy { $0.owner == nil })
    search.vmcoreinfo = ["SYMBOL(vmap_area_list)": String(records + 40 + 8, radix: 16)]
    let map = search.find()
    #expect(map.notes.contains { $0.hasPrefix("partial: ") })
  }

  @Test("a module is known by its structure, and has the memory that it says")
  func module() throws {
    let places = SyntheticKernel.Places()
    let structure = places.modules + 0x1040
    let head = places.image + SyntheticKernel.dataOffset + 0x200
    let kernel = try SyntheticKernel(places) { writer in
      try writer.text(structure + 24, "an_example")
      try writer.link([head, structure + 8])
      try writer.word(structure + 0x140, places.modules)
      try writer.word(structure + 0x148, 0x2000, byteCount: 4)
    }
    let areas = kernel.search.find().areas
    let module = try #require(areas.region(at: VirtualAddress(places.modules)))
    #expect(module.owner == "an_example")
    #expect(module.name == "modules")
    #expect(module.byteCount == 0x2000)
    #expect(module.evidence.method == .shape)
  }

  @Test("what looks like a module but is in no list that closes is none")
  func noModule() throws {
    let places = SyntheticKernel.Places()
    let structure = places.modules + 0x1040
    let kernel = try SyntheticKernel(places) { writer in
      try writer.text(structure + 24, "an_example")
      try writer.word(structure + 8, places.linear + 60 << 20)
      try writer.word(structure + 0x140, places.modules)
      try writer.word(structure + 0x148, 0x2000, byteCount: 4)
    }
    #expect(kernel.search.find().areas.region(at: VirtualAddress(places.modules)) == nil)
  }

  @Test("forged numbers in VMCOREINFO give no region, and no trap")
  func forged() throws {
    let kernel = try SyntheticKernel()
    for text in ["", "0x", "-1", "0xffffffffffffffff", "18446744073709551615", "99999999999999999999", "x"] {
      var search = kernel.search
      search.searchesRAM = true
      search.vmcoreinfo = [
        "NUMBER(VMALLOC_START)": text, "SYMBOL(vmemmap)": text, "NUMBER(KERNEL_IMAGE_SIZE)": text,
        "SYMBOL(_stext)": text, "SYMBOL(vmap_area_list)": text, "OFFSET(vmap_area.list)": text,
        "SYMBOL(vmap_nodes)": text, "SYMBOL(modules)": text,
      ]
      let map = search.find()
      for (left, right) in zip(map.regions, map.regions.dropFirst()) { #expect(left.last < right.first) }
      #expect(map.regions.contains { $0.name == "linear map" })
    }
  }

  @Test("tables of noise are named or not, but never trap", arguments: PagingFormat.catalogue.indices)
  func noise(index: Int) {
    let format = PagingFormat.catalogue[index]
    let memory = KernelMemory(
      GarbageMemoryOfAFewPages(),
      ranges: [RAMRange(first: PhysicalAddress(0), last: PhysicalAddress(0xffff))])
    var search = RegionSearch(format: format, master: PageTableRoot(PhysicalAddress(0)), memory: memory)
    search.searchesRAM = true
    search.symbol = { name in name == "vmap_nodes" ? 0xffff_8000_0000_0000 : nil }
    let map = search.find()
    for (left, right) in zip(map.regions, map.regions.dropFirst()) { #expect(left.last < right.first) }
  }

  @Test("VMCOREINFO's lines are split at the first sign")
  func lines() {
    let values = RegionSearch.vmcoreinfo("OSRELEASE=6.1\nNUMBER(X)=-5\nno sign\nBUILD-ID=a=b\nNUMBER(X)=6\n")
    #expect(values == ["OSRELEASE": "6.1", "NUMBER(X)": "-5", "BUILD-ID": "a=b"])
  }
}

/// Sixteen pages of noise, at most that many tables.
private struct GarbageMemoryOfAFewPages: PhysicalMemory {
  private let bytes: [UInt8] = {
    var state: UInt64 = 0x1234_5678_9abc_def1
    return (0..<0x10000).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(state >> 56)
    }
  }()

  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0, address.rawValue < 0x10000, Int(address.rawValue) + count <= 0x10000 else {
      throw .outsideRAM
    }
    return body(bytes.span.bytes.extracting(Int(address.rawValue)..<(Int(address.rawValue) + count)))
  }
}
