import MemoryImages
import PageTables
import Testing

@testable import LinuxKernel

/// The kernel's regions by name, on real kernels, against what the kernels said of themselves.
@Suite(.enabled(if: !Guest.built.isEmpty || Guest.isRequired, "no guest is built; run scripts/guests build"))
struct RegionTests {
  /// What a search is given.
  enum Knowledge: String, Sendable, CaseIterable {
    /// The master and RAM, nothing else.
    case tables
    case vmcoreinfo, symbols
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var guest: Guest
    var knowledge: Knowledge
    var testDescription: String { "\(guest.name), \(knowledge.rawValue)" }

    static let all = Guest.built.flatMap { guest in
      Knowledge.allCases.map { Case(guest: guest, knowledge: $0) }
    }
  }

  private func search(_ guest: Guest, _ knowledge: Knowledge) throws -> RegionSearch {
    let image = try openImage(guest, "elf")
    let memory = guest.memory(of: image)
    let vmcoreinfo = guest.vmcoreinfo(in: memory)
    let master = try #require(guest.master(vmcoreinfo))
    var search = RegionSearch(format: master.format, master: master.root, memory: memory)
    if knowledge != .tables { search.vmcoreinfo = vmcoreinfo }
    if knowledge == .symbols {
      let symbols = GuestSymbols(try guest.lines(of: "kallsyms"))
      search.symbol = { symbols[$0] }
      search.symbolName = { symbols.names(at: $0).joined(separator: " ") }
    }
    return search
  }

  @Test("all that the master maps has a name, whatever is known besides", arguments: Case.all)
  func coverage(_ test: Case) throws {
    let map = try search(test.guest, test.knowledge).find()
    var tally = Tally()
    for range in map.mappings {
      if let region = map.regions.region(at: range.first), region.contains(range.last) {
        tally.count("ranges named")
        tally.count("KiB named", Int(range.byteCount >> 10))
      } else {
        tally.differ("\(String(range.first.rawValue, radix: 16))")
      }
    }
    tally.count("regions", map.regions.count)
    tally.count("areas", map.areas.count)
    conclude(tally, "regions, \(test.knowledge.rawValue)", test.guest)
    #expect(tally["ranges named"] > 100)
    #expect(map.isComplete)
    for list in [map.regions, map.areas] {
      for (left, right) in zip(list, list.dropFirst()) { #expect(left.last < right.first) }
    }
  }

  @Test(
    "with nothing but the tables the layout is that of the kernel's own variables", arguments: Guest.built)
  func layoutFromTables(_ guest: Guest) throws {
    let inferred = try search(guest, .tables).find().regions
    let known = try search(guest, .symbols).find().regions
    var tally = Tally()
    for region in known {
      // What the tables cannot tell exactly: where RISC-V's modules may begin.
      if region.name == "modules", guest.truth.architecture == "riscv64" { continue }
      let same = inferred.region(at: region.first)
      if same?.name == region.name, same?.first == region.first, same?.last == region.last {
        tally.count("equal")
      } else {
        tally.differ("\(region) is \(String(describing: same))")
      }
    }
    conclude(tally, "layout from tables", guest)
  }

  @Test(
    "every line of vmallocinfo lies in the named region and belongs to whom it says", arguments: Guest.built)
  func vmallocinfo(_ guest: Guest) throws {
    let map = try search(guest, .symbols).find()
    let modules = Set(
      try guest.lines(of: "modules").compactMap { $0.split(separator: " ").first.map(String.init) })
    var tally = Tally()
    for line in try guest.lines(of: "vmallocinfo") {
      let fields = line.split(separator: " ")
      let ends = fields[0].split(separator: "-").compactMap { UInt64($0.dropFirst(2), radix: 16) }
      try #require(ends.count == 2 && fields.count > 2)
      let name = map.regions.region(at: VirtualAddress(ends[0]))?.name ?? "none"
      // The image itself is a vmap on AArch64; ARM's early static mappings may lie in the linear map.
      let isImage = fields[2].hasPrefix("paging_init+") && name.hasPrefix("kernel ")
      let isStatic = fields[2].hasPrefix("iotable_init+") && name == "linear map"
      if name == "vmalloc" || name == "modules" || isImage || isStatic {
        tally.count("in \(name)")
      } else {
        tally.differ("\(line) is in \(name)")
      }
      let caller = String(fields[2].split(separator: "/")[0])
      guard caller != "unpurged" else { continue }
      let area = map.areas.region(at: VirtualAddress(ends[0]))
      let owners = (area?.owner ?? "").split(separator: " ").map(String.init)
      if area?.first.rawValue == ends[0], area?.last.rawValue == ends[1] - 1, owners.contains(caller) {
        tally.count("owners equal")
      } else if let owner = owners.first, modules.contains(owner) {
        tally.count("modules'")
      } else {
        // Between the reading of /proc and the image the kernel went on; above all, threads ended, and the stacks
        // that each processor keeps for the next ones were given back.
        let isStack = caller.hasPrefix("kernel_clone+") || caller.hasPrefix("copy_process+")
        tally.count(isStack ? "stacks not found" : "owners not found")
        print("guest \(guest.name): \(line) belongs to \(area?.owner ?? "nobody")")
      }
    }
    conclude(tally, "vmallocinfo", guest)
    #expect(tally["owners equal"] > 10)
    #expect(tally["owners not found"] * 50 <= tally["owners equal"])
    #expect(tally["stacks not found"] * 12 <= tally["owners equal"])
  }

  @Test("a caller in a module is named by its distance from the module's text", arguments: Guest.built)
  func moduleCallers(_ guest: Guest) throws {
    var search = try search(guest, .symbols)
    // The kernel's own table of symbols has none of modules.
    search.symbolName = { _ in nil }
    let map = search.find()
    let bases = Dictionary(
      try guest.lines(of: "modules").compactMap { line -> (String, UInt64)? in
        guard let match = line.firstMatch(of: /^(\w+) .* 0x([0-9a-f]+)/) else { return nil }
        return UInt64(match.2, radix: 16).map { (String(match.1), $0) }
      }, uniquingKeysWith: { first, _ in first })
    let symbols = Dictionary(
      try guest.lines(of: "kallsyms").compactMap { line -> (String, UInt64)? in
        guard let match = line.firstMatch(of: /^([0-9a-f]+) [tT] (\S+)\s+\[(\w+)\]/) else { return nil }
        return UInt64(match.1, radix: 16).map { ("\(match.2) \(match.3)", $0) }
      }, uniquingKeysWith: { first, _ in first })
    var count = 0
    for line in try guest.lines(of: "vmallocinfo") {
      guard let match = line.firstMatch(of: /^0x([0-9a-f]+)-\S+ +\d+ (\S+)\+0x([0-9a-f]+)\/\S+ \[(\w+)\]/)
      else { continue }
      let start = try #require(UInt64(match.1, radix: 16))
      let distance = try #require(UInt64(match.3, radix: 16))
      let symbol = try #require(symbols["\(match.2) \(match.4)"], "\(line)")
      let base = try #require(bases[String(match.4)])
      let name = "\(match.4)+0x\(String(symbol + distance - base, radix: 16))"
      #expect(map.areas.region(at: VirtualAddress(start))?.owner == name)
      count += 1
    }
    // In some kernels no module has asked for any.
    #expect(count == (try guest.lines(of: "vmallocinfo")).count { $0.contains("]") })
  }

  @Test("vmalloc's records are found in RAM, too", arguments: Guest.built)
  func recordsInRAM(_ guest: Guest) throws {
    var blind = try search(guest, .tables)
    blind.searchesRAM = true
    try compare(blind.find(), with: try search(guest, .symbols).find(), "areas by shape", guest)
  }

  @Test(
    "since 6.9 the image leads to vmalloc's records without a symbol",
    arguments: Guest.built.filter {
      KernelRelease($0.truth.kernelRelease).map { $0 >= KernelRelease(6, 9) } ?? false
    })
  func recordsByImage(_ guest: Guest) throws {
    let found = try search(guest, .tables).find()
    #expect(found.areas.contains { $0.evidence.detail.contains("vmap_nodes") })
    try compare(found, with: try search(guest, .symbols).find(), "areas by the image", guest)
  }

  /// All areas that are known are found, and no other.
  private func compare(
    _ found: KernelRegionMap, with map: KernelRegionMap, _ what: String, _ guest: Guest
  ) throws {
    var tally = Tally()
    for area in map.areas {
      if found.areas.region(at: area.first)?.first == area.first {
        tally.count("found")
      } else if map.mappings(from: area.first, through: area.first).isEmpty {
        // The freed init sections of AArch64: nothing begins where the record does.
        tally.count("not mapped at their start")
      } else {
        tally.count("not found")
        print("guest \(guest.name): not found: \(area)")
      }
    }
    for area in found.areas where map.areas.region(at: area.first)?.first != area.first {
      tally.differ("\(area)")
    }
    conclude(tally, what, guest)
    #expect(tally["not found"] * 50 <= tally["found"])
  }

  @Test(
    "what is called a stack for its shape and mark was made by clone, and few stacks are missed",
    arguments: Guest.built)
  func stacks(_ guest: Guest) throws {
    // Where vmalloc's records are found without symbols nothing is guessed: here it is, everywhere.
    let search = try search(guest, .tables)
    let lowest = search.format.region(search.format.regionCount - 1).first.rawValue
    let rules = try #require(
      LayoutRules(
        formatName: "\(search.format.name)", upperFirst: lowest,
        pageSizeBits: Int(search.format.pageSizeBits)))
    let probable = MasterSurvey(search).probableStacks(
      leastBytes: rules.stackBytes, in: search.find().regions, of: search.memory)
    let creators = ["kernel_clone", "copy_process", "fork_idle"]
    var isStack: [UInt64: Bool] = [:]
    for line in try guest.lines(of: "vmallocinfo") {
      let fields = line.split(separator: " ")
      let first = try #require(UInt64(fields[0].split(separator: "-")[0].dropFirst(2), radix: 16))
      isStack[first] = creators.contains { fields[2].hasPrefix($0 + "+") }
    }
    var tally = Tally()
    for area in probable {
      tally.count(isStack[area.first.rawValue].map { $0 ? "stacks" : "others" } ?? "not in vmallocinfo")
    }
    // i386 has its stacks in the linear map.
    let all = rules.stackBytes == 0 ? 0 : isStack.values.count { $0 }
    tally.count("stacks in all", all)
    conclude(tally, "probable stacks", guest)
    // A page that was the end of a stack may be the first of an area that nobody has written to.
    #expect(tally["others"] * 20 <= tally["stacks"])
    // Threads end between the reading of /proc and the image, and others begin where their stacks were.
    #expect(tally["stacks"] * 10 >= all * 9)
  }

  @Test("every module is named at its address, with all its memory", arguments: Case.all)
  func modules(_ test: Case) throws {
    let map = try search(test.guest, test.knowledge).find()
    var tally = Tally()
    for line in try test.guest.lines(of: "modules") {
      let fields = line.split(separator: " ")
      let address = try #require(
        fields.compactMap { $0.hasPrefix("0x") ? UInt64($0.dropFirst(2), radix: 16) : nil }.last)
      let size = try #require(UInt64(fields[1]))
      let owner = String(fields[0])
      let parts = map.areas.filter { $0.owner == owner }
      if map.region(at: VirtualAddress(address))?.owner == owner {
        tally.count("named")
      } else {
        tally.differ("\(line): \(String(describing: map.region(at: VirtualAddress(address))))")
      }
      let total = parts.reduce(0) { $0 + $1.byteCount }
      if total == size { tally.count("whole") } else { tally.differ("\(line): \(total) bytes in \(parts)") }
    }
    conclude(tally, "modules, \(test.knowledge.rawValue)", test.guest)
    #expect(tally["named"] >= 4)
  }

  @Test("_stext to _etext is kernel text, executable and not writable", arguments: Case.all)
  func text(_ test: Case) throws {
    let map = try search(test.guest, test.knowledge).find()
    let symbols = GuestSymbols(try test.guest.lines(of: "kallsyms"))
    let first = try #require(symbols["_stext"])
    let end = try #require(symbols["_etext"])
    let region = try #require(map.regions.region(at: VirtualAddress(first)))
    #expect(region.name == "kernel text")
    #expect(region.contains(VirtualAddress(end - 1)))
    for index in map.mappings(from: region.first, through: region.last) {
      let access = try #require(map.mappings[index].mapping?.access)
      #expect(access.contains(.kernelExecute) && !access.contains(.kernelWrite))
    }
  }

  @Test(
    "borders that VMCOREINFO has are found without it",
    arguments: Guest.built.filter { ["aarch64", "riscv64"].contains($0.truth.architecture) })
  func borders(_ guest: Guest) throws {
    let search = try search(guest, .vmcoreinfo)
    var tables = search
    tables.vmcoreinfo = [:]
    let regions = tables.find().regions
    var tally = Tally()
    for (key, name, isEnd) in [
      ("VMALLOC_START", "vmalloc", false), ("VMALLOC_END", "vmalloc", true),
      ("VMEMMAP_START", "vmemmap", false), ("VMEMMAP_END", "vmemmap", true),
    ] {
      // 5.10 does not tell.
      guard let text = search.vmcoreinfo["NUMBER(\(key))"] else { continue }
      let value =
        try #require(UInt64(text.dropFirst(2), radix: 16)) + (key == "VMEMMAP_START" ? try unused(search) : 0)
      let region = regions.region(at: VirtualAddress(isEnd ? value - 1 : value))
      if region?.name == name, isEnd ? region?.last.rawValue == value - 1 : region?.first.rawValue == value {
        tally.count("equal")
      } else {
        tally.differ("\(key) \(text): \(String(describing: region))")
      }
    }
    conclude(tally, "VMCOREINFO's borders", guest)
  }

  /// How much of the memory map is not there where the processor has fewer address bits than the kernel was built
  /// for: a `struct page` of 64 bytes for each page between the two PAGE_OFFSETs (since 6.9; VMEMMAP_UNUSED_NPAGES).
  private func unused(_ search: RegionSearch) throws -> UInt64 {
    let built = try #require(search.vmcoreinfo["NUMBER(VA_BITS)"].flatMap(UInt64.init))
    let actual = UInt64(search.format.virtualAddressBits)
    guard built > actual else { return 0 }
    return ((1 << built) - (1 << actual)) >> UInt64(search.format.pageSizeBits - 6)
  }

  @Test(
    "32-bit x86: the linear map ends where high memory begins, by the kernel's own log",
    arguments: Guest.built.filter { $0.truth.architecture == "x86" })
  func lowMemory(_ guest: Guest) throws {
    let regions = try search(guest, .tables).find().regions
    let line = try #require(try guest.lines(of: "dmesg").first { $0.contains("  HighMem  [mem 0x") })
    let text = try #require(line.split(separator: "0x").dropFirst().first?.prefix { $0.isHexDigit })
    let highMemory = try #require(UInt64(text, radix: 16))
    let last = regions.last { $0.name == "linear map" }?.last.rawValue
    #expect(last == 0xc000_0000 + highMemory - 1)
  }

  @Test(
    "32-bit: the first area that vmalloc gave out is where its region begins, the last one where it ends",
    arguments: Guest.built.filter { ["x86", "arm"].contains($0.truth.architecture) })
  func vmallocBorders(_ guest: Guest) throws {
    let regions = try search(guest, .tables).find().regions
    let vmalloc = try #require(regions.first { $0.name == "vmalloc" })
    let areas = try guest.lines(of: "vmallocinfo").map { line in
      line.split(separator: " ")[0].split(separator: "-").compactMap { UInt64($0.dropFirst(2), radix: 16) }
    }
    let linearEnd = try #require(regions.last { $0.name == "linear map" }).last.rawValue
    #expect(areas.first { $0[0] > linearEnd }?[0] == vmalloc.first.rawValue)
    // The memory of CPUs is taken from the end (pcpu_get_vm_areas).
    #expect(areas.last?[1] == vmalloc.last.rawValue + 1)
  }

  @Test(
    "the trampoline is behind real_mode_header, and where VBAR points",
    arguments: Guest.built.filter { ["x86-64", "aarch64"].contains($0.truth.architecture) })
  func trampoline(_ guest: Guest) throws {
    let search = try search(guest, .symbols)
    let found = search.find()
    let areas = found.areas
    if guest.truth.architecture == "aarch64" {
      let vectors = try #require(guest.registers["vbar"])
      // Processors that need no detour have the kernel's own vectors.
      if found.regions.region(at: VirtualAddress(vectors))?.name == "kernel text" { return }
      #expect(areas.region(at: VirtualAddress(vectors))?.owner == "trampoline")
    } else {
      // The blob's first page is read-only, its text follows (arch/x86/realmode/rm/realmode.lds.S).
      let symbol = try #require(search.symbol("real_mode_header"))
      let walker = Walker(format: search.format, root: search.master)
      let place = try #require(
        walker.translate(VirtualAddress(symbol), in: search.memory.memory).mapping?.physical)
      let header = try #require(search.memory.word(at: place, byteCount: 8))
      #expect(areas.region(at: VirtualAddress(header & ~4095 + 4096))?.owner == "trampoline")
    }
  }

  @Test("the text is where /proc/iomem has the kernel's code", arguments: Guest.built)
  func code(_ guest: Guest) throws {
    let map = try search(guest, .tables).find()
    guard let line = try guest.lines(of: "iomem").first(where: { $0.contains("Kernel code") }) else { return }
    let start = try #require(UInt64(line.trimmingPrefix { $0 == " " }.prefix { $0.isHexDigit }, radix: 16))
    let text = try #require(map.regions.first { $0.name == "kernel text" })
    let mapping = try #require(
      map.mappings[map.mappings(from: text.first, through: text.last)].first?.mapping)
    // iomem has _text; ARM protects from _stext on, which begins a leaf of its own.
    let first = mapping.physical.rawValue
    #expect(max(first, start) - min(first, start) <= 2 << 20)
  }

  /// Prints what was compared, and accepts no difference.
  private func conclude(_ tally: Tally, _ what: String, _ guest: Guest) {
    print("guest \(guest.name), \(what): \(tally)")
    #expect(tally.differenceCount == 0)
  }
}
