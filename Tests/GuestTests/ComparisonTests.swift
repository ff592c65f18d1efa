import LinuxKernel
import MemoryImages
import PageTables
import Testing
import Views

/// The kernel page table against processes' tables in the memory of real kernels.
///
/// The guests' init makes one vmalloc area of 8 MiB when its processes run already, and some of them have
/// gone to sleep for good.
@Suite(.enabled(if: !Guest.built.isEmpty || Guest.isRequired, "no guest is built; run scripts/guests build"))
struct ComparisonTests {
  struct Outcome {
    var guest: Guest
    var tables: PageTableSet
    var setup: KernelComparison
    var comparisons: [ProcessComparison]
    var processes: GuestProcesses

    init(_ guest: Guest, format: PagingFormat? = nil) throws {
      self.guest = guest
      let image = try openImage(guest, "elf")
      processes = try GuestProcesses(guest, image)
      tables = try processes.pageTables(format: format ?? processes.walker.format)
      setup = try KernelComparison(of: tables, in: image)
      comparisons = []
      for process in tables.processes { comparisons.append(setup.compare(process, in: image)) }
    }

    /// What was found, for whoever reads the log: as a person would see it.
    var text: [String] {
      ComparisonText(setup) { first, last in try? processes.vmallocOwner(of: first, last) }.lines(comparisons)
    }

    func report() { print((["guest \(guest.name), compare:"] + text).joined(separator: "\n  ")) }
  }

  static func guests(_ formats: String...) -> [Guest] {
    Guest.built.filter { formats.contains($0.truth.pagingFormat) }
  }

  @Test(
    "ARM: just those that sleep lack the first-level entries of the late vmalloc area",
    arguments: guests("arm"))
  func armSleepers(_ guest: Guest) throws {
    let outcome = try Outcome(guest)
    outcome.report()
    let areas = try outcome.processes.vmallocAreas()
    // zram's table of its slots.
    let area = try #require(
      areas.first { $0.owner.hasPrefix("disksize_store") && $0.last - $0.first >= 8 << 20 })
    // init, and what polls, have run since; so has the process whose tables are loaded.
    let loaded = outcome.processes.walker.root.lower
    let (ran, slept) = outcome.comparisons.partitioned {
      ["init", "tail", "record"].contains($0.process.command) || $0.process.root.lower == loaded
    }
    #expect(ran.count >= 3 && slept.count >= 5)
    for comparison in ran { #expect(!comparison.differs, "\(comparison.process)") }
    // Sections of 1 MiB in pairs: every pair that is the area's alone; the pairs at its ends may have had a
    // neighbour's table already.
    let inner = Set((area.first + 0x1f_ffff) >> 21..<(area.last + 1) >> 21)
    #expect(inner.count >= 3)
    for comparison in slept {
      let lacking = comparison.kernelPart.entries
      let pairs = Dictionary(grouping: lacking) { $0.first.rawValue >> 21 }
      #expect(inner.isSubset(of: pairs.keys), "\(comparison.process)")
      #expect(pairs.values.allSatisfy { $0.count == 2 })
      for entry in lacking {
        #expect(entry.verdict == .deferred && entry.depth == 0 && entry.process == nil)
        #expect(entry.index == entry.first.rawValue >> 20)
      }
      #expect(comparison.kernelPart.entryCount == comparison.kernelPart.sameCount + lacking.count)
    }
    // A crowd's stacks, too, were made while others of it slept; without one all lack the same, and all of it is
    // the area's.
    let lacking = try #require(slept.first).kernelPart.entries
    let isCrowd = try guest.part("cmdline").contains("rdinit=/crowd")
    for entry in lacking where !isCrowd {
      let pair = entry.first.rawValue & ~0x1f_ffff
      #expect(pair <= area.last && pair + 0x1f_ffff >= area.first)
    }
    for comparison in slept where !isCrowd {
      #expect(comparison.kernelPart.entries == lacking, "\(comparison.process)")
    }
    #expect(outcome.setup.half.start == VirtualAddress(0xbf00_0000))
    // The same, told to a person: a row for each group of sleepers that lack the same, with the area's owner.
    let rows = outcome.text.filter { $0.hasPrefix("  deferred") }
    #expect(isCrowd || rows.count == 1)
    #expect(rows.contains { $0.contains("disksize_store") })
    #expect(isCrowd || rows.first?.contains("\(lacking.count) MiB") == true)
  }

  @Test(
    "x86 and RISC-V: nobody lacks an entry",
    arguments: guests(
      "x86", "x86-pae", "x86-64", "x86-64-la57", "riscv-sv39", "riscv-sv48", "riscv-sv57"))
  func nobodyLacks(_ guest: Guest) throws {
    let outcome = try Outcome(guest)
    outcome.report()
    #expect(outcome.comparisons.count >= 8)
    for comparison in outcome.comparisons {
      let part = comparison.kernelPart
      #expect(!comparison.differs && comparison.isComplete, "\(comparison.process)")
      #expect(part.entryCount > 0 && part.sameCount == part.entryCount)
      #expect(comparison.sharing == .copies)
      guard let copy = comparison.userCopy else { continue }
      #expect(copy.userPart.entryCount > 0 && copy.userPart.sameCount == copy.userPart.entryCount)
      #expect(copy.kernelPart.entryCount > 0)
      #expect(copy.kernelPart.sameCount == copy.kernelPart.entryCount)
    }
    // All processes of a kernel are isolated, or none.
    let isolated = outcome.comparisons.filter { $0.userCopy != nil }.count
    #expect(isolated == 0 || isolated == outcome.comparisons.count)
    // Page-table isolation shows in the registers: the root of user mode is not the kernel's.
    let user = outcome.guest.registers["cr3"].map { $0 & ~0xfff }
    let kernel = outcome.guest.kernelRegisters?["cr3"].map { $0 & ~0xfff }
    if let kernel, guest.truth.architecture.hasPrefix("x86") { #expect((isolated > 0) == (user != kernel)) }
  }

  @Test(
    "LPAE: the kernel's gigabyte is shared, modules and pkmap are each process's own and lag",
    arguments: guests("arm-lpae"))
  func lpae(_ guest: Guest) throws {
    for format in [PagingFormat.armLPAE, nil] {
      let outcome = try Outcome(guest, format: format)
      outcome.report()
      #expect(outcome.setup.half.start == VirtualAddress(0xbf00_0000))
      for comparison in outcome.comparisons {
        #expect(comparison.sharing == (format == nil ? .separateRoots : .copies))
        // The pgd's last entry, where it is in use.
        let isShared =
          format == nil || !comparison.kernelPart.entries.contains { $0.first.rawValue >> 30 == 3 }
        #expect(isShared)
        #expect(comparison.kernelPart.entries(.stale).isEmpty)
        #expect(comparison.kernelPart.entries(.different).isEmpty)
        let explained = comparison.kernelPart.entries(.explained)
        #expect(explained.map(\.depth) == [0] && explained.map(\.index) == [2])
        for entry in comparison.kernelPart.entries(.deferred) {
          #expect(entry.depth == 1 && entry.first.rawValue >> 24 == 0xbf)
        }
      }
      #expect(outcome.comparisons.contains { $0.differs })
    }
  }

  @Test("AArch64: processes' tables hold nothing of the kernel", arguments: guests("aarch64-4k"))
  func separateRoots(_ guest: Guest) throws {
    let outcome = try Outcome(guest)
    #expect(outcome.comparisons.count >= 8)
    for comparison in outcome.comparisons {
      #expect(comparison.sharing == .separateRoots && !comparison.differs)
      #expect(comparison.kernelPart.entryCount == 0 && comparison.userCopy == nil)
    }
  }
}

extension Sequence {
  /// Those for which the predicate holds, and the others.
  func partitioned(_ predicate: (Element) throws -> Bool) rethrows -> ([Element], [Element]) {
    var yes: [Element] = []
    var no: [Element] = []
    for element in self {
      if try predicate(element) { yes.append(element) } else { no.append(element) }
    }
    return (yes, no)
  }
}
