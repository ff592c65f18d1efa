import Foundation
import LinuxKernel
import MemoryImages
import PageTables
import Testing

/// Small images of real kernels answer as the whole ones do.
@Suite(.enabled(if: !Guest.built.isEmpty || Guest.isRequired, "no guest is built; run scripts/guests build"))
struct ExtractTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var guest: Guest
    var kind: String
    var keepsNames: Bool
    var testDescription: String { "\(guest.name), \(kind)\(keepsNames ? "" : ", without names")" }
  }

  static let cases: [Case] = Guest.built.flatMap { guest in
    [("elf", true), ("raw", true), ("elf", false)].map {
      Case(guest: guest, kind: $0.0, keepsNames: $0.1)
    }
  }

  @Test("an extract has the same tasks, areas, tables, comparisons, findings and regions", arguments: cases)
  func answers(_ example: Case) throws {
    let image = try openImage(example.guest, example.kind)
    let search = KernelSearch(machine: image.architecture?.machine, vmcoreinfo: image.vmcoreinfo)
    let kernel = try search.run(in: KernelMemory(image))
    let extraction = try Extraction(
      of: kernel, search: search, registers: image.registers, keepsNames: example.keepsNames)
    let core = extraction.core(
      machine: image.architecture?.machine, registers: image.registers, vmcoreinfo: image.vmcoreinfo)
    var file: [UInt8] = []
    try extraction.write(core, path: "extract") { file += $0 }
    let copy = try MemoryImage.open(bytes: file)
    let check = ExtractionCheck(extraction, in: copy)
    #expect(check.differences == [])
    #expect(extraction.gaps == [])

    let share = Double(file.count) / Double(extraction.ramByteCount)
    let parts = extraction.counts.map { "\($0.pageCount) \($0.reason.rawValue)" }.joined(separator: ", ")
    print(
      "guest \(example.testDescription): \(file.count >> 10) KiB, "
        + "\((share * 10000).rounded() / 100) % of \(extraction.ramByteCount >> 20) MiB: \(parts); "
        + "\(extraction.userPageCount) pages of programs left out")
    // Symbols and types have a size of their own, whatever the machine's; some hundred tasks more have tables.
    let crowd = Double(max(0, kernel.tasks.count - 100) * 56 << 10) / Double(extraction.ramByteCount)
    #expect(share < (example.keepsNames ? 0.04 : 0.01) + crowd)

    let second = try KernelSearch(machine: copy.architecture?.machine, vmcoreinfo: copy.vmcoreinfo)
      .run(in: KernelMemory(copy))
    #expect(kernel.tasks.count > 40)
    #expect(second.tasks == kernel.tasks)
    #expect(copy.registers.map(\.cr3) == image.registers.map(\.cr3))
    #expect(copy.registers.map(\.programCounter) == image.registers.map(\.programCounter))
    #expect(second.memory.ram == kernel.memory.ram)
    try expectNoUserPages(extraction, kernel, copy)
  }

  /// Walks every process afresh: no page that user mode reaches below the kernel's addresses is in the extract,
  /// but for tables.
  private func expectNoUserPages(
    _ extraction: Extraction, _ kernel: Kernel, _ copy: MemoryImage
  ) throws {
    var userPageCount = 0
    var kept: [UInt64] = []
    var witnesses = 0
    for process in kernel.tables.processes {
      var sink = RangeCallback { range in
        guard let mapping = range.mapping, mapping.access.intersects(.user) else { return }
        for offset in stride(from: 0, to: range.byteCount, by: 4096) {
          userPageCount += 1
          let page = mapping.physical.advanced(byBytes: offset)
          if extraction.pages.contains(page) { kept.append(page.rawValue) }
          // A few bytes that tell the vDSO at most.
          if (try? copy.withBytes(at: page.advanced(byBytes: 4), count: 1) { _ in }) != nil { witnesses += 1 }
        }
      }
      Walker(format: kernel.format, root: process.root).ranges(
        through: kernel.lastUserAddress, in: kernel.memory.memory, into: &sink)
    }
    #expect(userPageCount > 100)
    #expect(kept == [])
    #expect(witnesses == 0)
  }

  @Test("an extract of which a table is lost is not taken for good", arguments: Guest.built.prefix(1))
  func damage(_ guest: Guest) throws {
    let image = try openImage(guest, "elf")
    let search = KernelSearch(machine: image.architecture?.machine, vmcoreinfo: image.vmcoreinfo)
    let kernel = try search.run(in: KernelMemory(image))
    let extraction = try Extraction(of: kernel, search: search)
    var core = extraction.core(machine: image.architecture?.machine)
    let root = try #require(kernel.tables.processes.first?.root.lower)
    let end = root.advanced(byBytes: 4096)
    core.kept = core.kept.flatMap { stretch in
      guard stretch.contains(root) else { return [stretch] }
      var rest: [ELFCore.Stretch] = []
      if stretch.lowerBound < root { rest.append(stretch.lowerBound...PhysicalAddress(root.rawValue - 1)) }
      if end <= stretch.upperBound { rest.append(end...stretch.upperBound) }
      return rest
    }
    var file: [UInt8] = []
    try extraction.write(core, path: "extract") { file += $0 }
    let check = try ExtractionCheck(extraction, in: MemoryImage.open(bytes: file))
    #expect(!check.differences.isEmpty)
  }
}
