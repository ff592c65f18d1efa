import Foundation
import ImageWriters
import KernelLab
import LiveMemory
import MemoryImages
import PageTables
import Testing

@testable import LinuxKernel
@testable import Views

@Suite("Documentation/JSON.md")
struct JSONContractTests {
  private static let contract = "Documentation/JSON.md"

  /// The fields that a schema is documented with; true for those with a question mark.
  private func documented(_ schema: String) throws -> [String: Bool] {
    let rows = try Document(Self.contract).rows(under: "`\(schema)`")
    let fields = rows.map { row in
      (row.key.replacing("?", with: ""), row.key.hasSuffix("?"))
    }
    #expect(Set(fields.map(\.0)).count == fields.count, "a field is documented twice")
    return Dictionary(fields) { first, _ in first }
  }

  /// The fields that reports of one kind can emit.
  private func emitted<Report: JSONReport>(_ reports: [Report]) throws -> [String: Bool] {
    let recorder = KeyRecorder()
    for report in reports { try recorder.record(report) }
    return recorder.paths
  }

  private func compare<Report: JSONReport>(_ reports: [Report]) throws {
    #expect(try emitted(reports) == documented(Report.schema), "\(Report.schema)")
  }

  private func builtIn() throws -> (Source, Views.AddressSpace) {
    let source = try SourceRequest(name: "lab").open()
    return (source, try #require(source.spaces.first))
  }

  @Test("the fields of a walk are the documented ones")
  func walk() throws {
    let (source, space) = try builtIn()
    // Mapped, old, swapped, PROT_NONE, nothing.
    let addresses: [UInt64] = [0x7e9e_6c24, 0x7_f000, 0x8_1000, 0x8_0000, 0x1000_0000]
    try compare(addresses.map { WalkReport(VirtualAddress($0), in: space, of: source) })
  }

  @Test("the fields of a range are the documented ones")
  func range() throws {
    let (_, space) = try builtIn()
    let gap = MappedRange(
      first: VirtualAddress(0), last: VirtualAddress(1), content: .gap(.notPresent(.init(.none))))
    let area = LinuxKernel.Area(first: VirtualAddress(0), last: VirtualAddress(0xfff))
    try compare([RangeReport(gap, format: space.format, area: area)])
  }

  @Test("the fields of an area are the documented ones; states of pages are named")
  func area() throws {
    let (source, space) = try builtIn()
    // Its stack, and what is in swap.
    let stack = LinuxKernel.Area(first: VirtualAddress(0x8_0000), last: VirtualAddress(0x8_2fff), flags: 0x73)
    let report = AreaReport(stack, AreaUsage(stack, walker: space.walker, in: source.memory))
    #expect(report.notPresentPages?["swap"] == 1)
    #expect(try emitted([report]).withoutKeys(of: "notPresentPages") == documented(AreaReport.schema))
    let row = try #require(
      Document(Self.contract).rows(under: "`\(AreaReport.schema)`").first { $0.key == "notPresentPages?" })
    for kind in NotPresentState.Kind.allCases where kind != .none {
      #expect(row.cells[1].contains("`\(kind.stateName)`"))
    }
  }

  @Test("the fields of a process and of a fact are the documented ones; methods and kinds are named")
  func kernel() throws {
    let (kernel, source) = try SmallKernel.found()
    let task = try #require(kernel.tasks.first)
    var report = ProcessReport(task, of: kernel, in: source, counting: nil, countsTables: true)
    let pages = ResidentPages(
      fileCount: 1, anonymousCount: 2, sharedMemoryCount: 3, swappedCount: 4, isApproximate: true)
    report.resident = ProcessReport.Resident(pages, pageByteCount: 4096)
    #expect(report.tablePages?.isEmpty == false)
    #expect(try emitted([report]).withoutKeys(of: "tablePages") == documented(ProcessReport.schema))
    var fact = Fact(1, Evidence(.shape, "seen"))
    fact.weigh(1, Evidence(.btf, "said"))
    fact.weigh(2, Evidence(.user, "said otherwise"))
    try compare([FactReport(FactRecord("task_struct.mm", fact) { "\($0)" })])
    let text = try Project.text(Self.contract)
    for method in Evidence.Method.allCases { #expect(text.contains("`\(method.rawValue)`")) }
    for kind in LinuxKernel.Task.Kind.allCases { #expect(text.contains("`\(kind.rawValue)`")) }
  }

  @Test("the fields of a region are the documented ones")
  func region() throws {
    let source = try SourceRequest(name: "lab").open()
    let kernel = try #require(source.kernel)
    let map = RegionSearch(kernel, in: source).find()
    let view = KernelView(map, format: kernel.format, options: .init(showsPages: true))
    #expect(view.namedBytes == view.mappedBytes)
    try compare(view.reports)
  }

  @Test("the fields of memory are the documented ones")
  func memory() throws {
    let (source, space) = try builtIn()
    var reports: [MemoryReport] = []
    MemoryReading.read(VirtualAddress(0x7e9e_6ff0), byteCount: 0x20, in: space, of: source) {
      reports.append(MemoryReport($0))
    }
    #expect(reports.count == 2)
    try compare(reports)
  }

  @Test("the fields of a frame are the documented ones, and its kinds")
  func frame() throws {
    let (source, _) = try builtIn()
    let search = try FrameSearch(source)
    var reports = [0x5826_9000, 0x1000_8000, 0x574a_1000].map { search.report(of: PhysicalAddress($0)) }
    guard case .frame(let found) = try search.answer(process: "614", address: VirtualAddress(0x7e9e_6c24))
    else {
      Issue.record("not mapped")
      return
    }
    reports.append(found)
    let record = FrameRecord(
      address: VirtualAddress(0xcede_2044), flagsWord: 0x11, flags: ["lru"], namesAllFlags: false,
      mapCount: 1,
      type: "table", referenceCount: 1, isCompound: true)
    reports[0].page = PageReport(record, mappingsFound: 1, isWhole: true)
    try compare(reports)
    let kinds = try Document(Self.contract).rows(under: "Kinds of frames").map(\.key)
    #expect(kinds == FrameUse.Kind.allCases.map(\.rawValue))
  }

  @Test("the fields of an image are the documented ones")
  func image() throws {
    var writer = ELFCoreWriter()
    writer.segments = [.init(0x1000, [UInt8](repeating: 1, count: 4096))]
    writer.notes = ELFCoreWriter.note(
      "QEMU", type: 0, ELFCoreWriter.descriptor(440, words: [0: 1, 4: 440], longs: [392: 0x8000_0011]))
    let image = try MemoryImage.open(bytes: writer.bytes())
    #expect(image.registers.count == 1)
    let recorder = KeyRecorder()
    try recorder.record(ImageReport(image, source: "test"))
    // The values are a dictionary: its keys are the registers' names.
    let paths = recorder.paths.filter { !$0.key.hasPrefix("registers.values.") }
    #expect(try paths == documented(ImageReport.schema))
  }

  @Test("the fields of the running system, of pages and of runs of pages are the documented ones")
  func running() throws {
    let source = try SourceRequest(name: "live:pagemap").open()
    let pages = try #require(try source.pages(ofProcess: "\(ProcessInfo.processInfo.processIdentifier)"))
    var runs: [PagesReport] = []
    try pages.forEachRun(from: VirtualAddress(0), through: VirtualAddress(.max)) { runs.append($0) }
    try compare(runs)
    let first = try #require(runs.first)
    try compare([try pages.leaf(at: VirtualAddress(first.start.value))])
    var report = LiveReport(try #require(source.live), source: "live:pagemap")
    report.ranges = [
      .init(start: JSONAddress(0), end: JSONAddress(4096), state: "present", byteCount: 4096)
    ]
    try compare([report])
    let text = try Project.text(Self.contract)
    for reason in RungRefusal.Reason.allCases { #expect(text.contains("`\(reason.rawValue)`")) }
    for rung in LiveRung.allCases { #expect(text.contains("`\(rung.rawValue)`")) }
    #expect(text.contains("`\(LeafReport.csvHeader)`") && text.contains("`\(PagesReport.csvHeader)`"))
  }

  @Test("the fields of the lab's machine, of formats and of errors are the documented ones")
  func others() throws {
    let (source, _) = try builtIn()
    try compare([MachineReport(source)])
    try compare(PagingFormat.catalogue.map { FormatReport($0) })
    try compare([ErrorReport(message: "none")])
  }

  @Test("the fields of a comparison are the documented ones; lists of entries are alike")
  func comparison() throws {
    let (setup, comparison) = try ComparedMachine.comparison()
    let emitted = try emitted([ComparisonReport(comparison, by: setup)])
    let entry = emitted.filter { $0.key.hasPrefix("deferred.") }
    #expect(entry.count == 8)
    var rest = emitted
    for list in [
      "stale", "different", "explained", "unreadable", "userCopy.user.others", "userCopy.kernel.others",
    ] {
      for (path, isOptional) in entry {
        let alike = list + path.dropFirst("deferred".count)
        #expect(rest.removeValue(forKey: alike) == isOptional, "\(alike)")
      }
    }
    for field in ["entries", "same", "others"] {
      #expect(rest.removeValue(forKey: "userCopy.kernel." + field) == rest["userCopy.user." + field])
    }
    #expect(try rest == documented(ComparisonReport.schema))
  }

  @Test("the fields of findings, statistics and differences are the documented ones")
  func tables() throws {
    let (source, space) = try builtIn()
    let tables = try source.pageTables()
    let report = Audit.run(AuditInput(tables: tables, ram: source.ram), in: source.memory)
    try compare(report.findings.map { FindingReport($0, format: tables.format) })
    let statistics = TableStatistics(tables, ram: source.ram, in: source.memory)
    try compare(StatisticsReport.reports(statistics))
    var differences: [DifferenceReport] = []
    let kernel = try #require(source.kernel)
    SpaceComparison(format: space.format, before: space.root, after: kernel.root)
      .forEachDifference(in: source.memory, and: source.memory) {
        differences.append(DifferenceReport($0, format: space.format))
      }
    try compare(differences)
  }

  @Test("the fields of what is watched and of changes are the documented ones; kinds are named")
  func changes() throws {
    let source = try SourceRequest(name: "lab").open()
    let space = try #require(source.spaces.first)
    let watch = try Watch(VirtualAddress(0x7e9e_0000)...VirtualAddress(0x7e9e_ffff), of: space, in: source)
    try compare([watch.report])
    let gap = MappedRange.Content.gap(.notPresent(.init(.none)))
    let mapping = MappedRange.Content.mapped(
      .init(
        physical: PhysicalAddress(0x1000), pageSizeBits: 12, access: .all, entry: 0x1033, depth: 1,
        ruleIndex: 2))
    let pages = [(gap, mapping), (mapping, gap)].map { before, after in
      SpaceChange(
        SpaceDifference(
          first: VirtualAddress(0x1000), last: VirtualAddress(0x1fff), aspects: .mapped, before: before,
          after: after))
    }
    let tables = [(1, nil), (nil, 2)].map { (before: UInt64?, after: UInt64?) in
      SpaceChange(
        SpaceChange.Table(
          depth: 1, before: before.map { PhysicalAddress($0) }, after: after.map { PhysicalAddress($0) }),
        first: VirtualAddress(0), last: VirtualAddress(0xfffff))
    }
    let reports = (pages + tables).map { SpaceChangeReport($0, in: space, after: .seconds(1)) }
    try compare(reports + [SpaceChangeReport(exitAfter: .seconds(2))])
    let text = try Project.text(Self.contract)
    for kind in SpaceChange.Kind.allCases { #expect(text.contains("| `\(kind.rawValue)` |")) }
  }

  @Test("the fields of sizes are the documented ones; kinds and cases are named")
  func sizes() throws {
    var request = TableSizeRequest()
    request.paging = "x86"
    request.ramByteCount = 1 << 30
    request.mappedByteCount = 1 << 20
    let (size, needs) = try request.needs()
    let source = try SourceRequest(name: "lab").open()
    let tables = try SourceTables(source.pageTables(), of: source)
    try compare(needs.map { SizeReport($0, of: size) } + tables.reports)
    let text = try Project.text(Self.contract)
    for kind in TableNeed.Kind.allCases { #expect(text.contains("`\(kind.rawValue)`")) }
    for mapped in TableNeed.Case.allCases { #expect(text.contains("`\(mapped.rawValue)`")) }
    #expect(text.contains("`\(SizeReport.csvHeader)`"))
  }

  @Test("every rule of the audit has its line, and no other")
  func rules() throws {
    let words = try Document(Self.contract).rows(under: "Rules").map(\.key)
    #expect(words == AuditRuleName.allCases.map(\.rawValue))
  }

  @Test("every reason that there is has its line, and no other")
  func reasons() throws {
    let stops: [StopReason] =
      [.nonCanonical, .invalidEntry, .reservedBits(1), .loop, .limit]
      + MemoryFault.allCases.map { .unreadable($0) }
      + NotPresentState.Kind.allCases.map { .notPresent(NotPresentState($0)) }
    let words = try Document(Self.contract).rows(under: "Reasons").map(\.key)
    #expect(Set(words) == Set(stops.map(\.contractName) + ["changing"]))
  }

  @Test("kinds of images, states of memory and CSV columns are named")
  func words() throws {
    let text = try Project.text(Self.contract)
    for kind in ImageKind.allCases { #expect(text.contains("`\(kind.rawValue)`")) }
    for state in ImageRange.State.allCases { #expect(text.contains("`\(state)`")) }
    #expect(text.contains("`\(WalkReport.csvHeader)`"))
    #expect(text.contains("`\(RangeReport.csvHeader)`"))
    #expect(text.contains("`\(ComparisonReport.csvHeader)`"))
    #expect(text.contains("`\(RegionReport.csvHeader)`"))
    #expect(text.contains("`\(FindingReport.csvHeader)`"))
    #expect(text.contains("`\(StatisticsReport.csvHeader)`"))
    #expect(text.contains("`\(DifferenceReport.csvHeader)`"))
    #expect(text.contains("`\(FrameReport.csvHeader)`"))
    #expect(text.contains("`\(AreaReport.csvHeader)`"))
    #expect(text.contains("`\(ProcessTable.csvHeader)`"))
  }
}

extension [String: Bool] {
  /// Without the keys of a dictionary of words, which are no fields.
  func withoutKeys(of field: String) -> [String: Bool] { filter { !$0.key.hasPrefix(field + ".") } }
}
