import Foundation
import LinuxKernel
import MemoryImages
import PageTables
import Testing

/// What audit, statistics and comparison say of real kernels.
@Suite(.enabled(if: !Guest.built.isEmpty || Guest.isRequired, "no guest is built; run scripts/guests build"))
struct GuestAuditTests {
  @Test("a stock guest has no finding that is not explained", arguments: Guest.built)
  func audit(_ guest: Guest) throws {
    let image = try openImage(guest, "elf")
    let (tables, candidates) = try guest.pageTables(image)
    let report = Audit.run(
      AuditInput(tables: tables, ram: guest.ram(image), candidateRoots: candidates), in: image)
    let explained = report.findings.filter { $0.isExplained }.count
    print(
      "guest \(guest.name), audit: \(tables.processes.count) processes, \(candidates.count) further roots, "
        + "\(report.findings.count) findings, \(explained) explained; complete: \(report.isComplete)")
    for finding in report.findings {
      let first = String(finding.first.rawValue, radix: 16)
      print(
        "    \(finding.rule.rawValue) \(finding.pids) \(first) \(finding.byteCount) in \(finding.rangeCount): "
          + "\(finding.summary); \(finding.explanation ?? "OPEN")")
    }
    #expect(report.isComplete)
    #expect(report.findings.filter { !$0.isExplained }.map(\.key) == [])
    #expect(Set(report.findings.map(\.key)).count == report.findings.count)
  }

  @Test(
    "code of a guest's kernel that is made writable is found",
    arguments: Guest.built.filter { $0.truth.architecture == "x86-64" })
  func forged(_ guest: Guest) throws {
    let image = try openImage(guest, "elf")
    let (tables, _) = try guest.pageTables(image)
    let walker = Walker(format: tables.format, root: tables.processes[0].root)
    // The kernel's modules: code in small pages, high up.
    let target = try #require(
      walker.ranges(from: VirtualAddress(0xffff_ffff_8000_0000), in: image).last { range in
        range.mapping.map { $0.pageSizeBits == 12 && $0.access.contains(.kernelExecute) } ?? false
      })
    let steps = walker.translate(target.first, in: image).steps
    let step = steps[steps.count - 1]
    let forged = PatchedMemory(image, at: step.entryAddress, entry: step.entry | 2)
    let report = Audit.run(AuditInput(tables: tables, ram: guest.ram(image)), in: forged)
    let open = report.findings.filter { !$0.isExplained }
    #expect(open.map(\.rule) == [.writableExecutable])
    #expect(open.first?.first == target.first)
    #expect(open.first?.byteCount == 4096)
  }

  @Test(
    "the tables below the kernel half are what the kernel accounts to the process",
    arguments: Guest.built)
  func accounting(_ guest: Guest) throws {
    let image = try openImage(guest, "elf")
    var loaded = try guest.walker(guest.registers)
    let format = loaded.format
    // Where each half has a root, another processor may have been the one that was seen in the kernel.
    if !format.regions.elements.contains(where: { $0.root == .upper }) {
      loaded = try guest.walker(guest.kernelRegisters ?? guest.registers)
    }
    // Linux prepares all tables that PAE's four entries lead to, and some of them are the kernel's.
    guard format.level(0).tableByteCount >= 4096 else { return }
    let expected = try #require(try guest.pageTableKilobytes(), "no VmPTE")
    // What the kernel page table reaches is the kernel's; another process may have less of it.
    let hasSplitRoots = format.regions.elements.contains { $0.root == .upper }
    let master = try guest.masterRoot(guest.kernelMemory())
    if !hasSplitRoots { loaded = Walker(format: format, root: PageTableRoot(loaded.root.lower)) }
    let pair = PageTableSet(
      format: format, master: hasSplitRoots ? loaded.root : PageTableRoot(master),
      processes: [ProcessTables(pid: 1, command: "loaded", root: loaded.root)])
    let space = TableStatistics(pair, ram: guest.ram(image), in: image).spaces[1]
    // Linux accounts pud, pmd and pte tables (mm_inc_nr_puds and so on), and for ARM's pages of two hardware
    // tables the 2 KiB of its own entries.
    let levels = space.levels.dropFirst().filter { $0.name != "p4d" }
    let isARM = guest.truth.pagingFormat == "arm"
    let kilobytes = levels.reduce(0) { $0 + $1.byteCount } >> (isARM ? 11 : 10)
    // Each transparent huge page has a table put aside for the day that it is split.
    let ranges = loaded.ranges(in: image)
    let largePages =
      ranges.compactMap(\.mapping).count {
        $0.access.intersects(.user) && $0.pageSizeBits > format.pageSizeBits
      } + ranges.reduce(0) { $0 + largePagesWithoutAccess($1, loaded, in: image) }
    print(
      "guest \(guest.name), tables: \(levels.map { "\($0.name) \($0.tableCount)" }) = \(kilobytes) KiB, "
        + "\(largePages) large pages, VmPTE \(expected) KiB")
    #expect(kilobytes <= expected)
    #expect(kilobytes + UInt64(largePages) * guest.pageSizeBytes >> 10 >= expected)
  }

  /// How many huge pages a gap has that Linux took from the processor for a while (NUMA balancing).
  private func largePagesWithoutAccess(
    _ range: MappedRange, _ walker: Walker<PagingFormat>, in image: MemoryImage
  ) -> Int {
    guard case .gap(.notPresent(let state)) = range.content, state.kind == .protectionNone else { return 0 }
    var count = 0
    var address = range.first
    while address <= range.last {
      let depth = walker.translate(address, in: image).steps.count - 1
      if depth + 1 < walker.format.levelCount { count += 1 }
      let byteCount = UInt64(1) << UInt64(walker.format.level(depth).shift)
      address = VirtualAddress((address.rawValue & ~(byteCount - 1)) + byteCount)
    }
    return count
  }

  @Test(
    "an address space does not differ from itself, and isolation's two differ only in the kernel's part",
    arguments: Guest.built)
  func difference(_ guest: Guest) throws {
    let image = try openImage(guest, "elf")
    let loaded = try guest.walker(guest.kernelRegisters ?? guest.registers)
    func count(_ other: PageTableRoot) -> (count: Int, mirroredCount: Int) {
      var forth: [SpaceDifference] = []
      var back: [SpaceDifference] = []
      SpaceComparison(format: loaded.format, before: loaded.root, after: other)
        .forEachDifference(in: image, and: image) { forth.append($0) }
      SpaceComparison(format: loaded.format, before: other, after: loaded.root)
        .forEachDifference(in: image, and: image) { back.append($0) }
      #expect(forth.map(\.mirrored) == back)
      return (forth.count, back.count)
    }
    #expect(count(loaded.root).count == 0)
    let (tables, _) = try guest.pageTables(image)
    if tables.processes.count > 1 {
      let differences = count(tables.processes[1].root).count
      print("guest \(guest.name), difference to another process: \(differences) ranges")
      #expect(differences > 0)
    }
  }
}

extension Guest {
  /// `VmPTE` of the probe whose tables are loaded, in KiB.
  func pageTableKilobytes() throws -> UInt64? {
    // A fork leaves out what faults bring back: the parent may have more tables.
    guard let child = truth.probe?.child else { return nil }
    for line in try part("status.\(child)").split(separator: "\n") where line.hasPrefix("VmPTE:") {
      return UInt64(line.split(whereSeparator: \.isWhitespace)[1])
    }
    return nil
  }
}
