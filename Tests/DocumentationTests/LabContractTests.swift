import KernelLab
import KernelOracle
import Testing

@testable import Views

@Suite("Documentation/JSON.md, the lab")
struct LabContractTests {
  private func documented(_ schema: String) throws -> [String: Bool] {
    let rows = try Document("Documentation/JSON.md").rows(under: "`\(schema)`")
    return Dictionary(
      rows.map { ($0.key.replacing("?", with: ""), $0.key.hasSuffix("?")) },
      uniquingKeysWith: { first, _ in first })
  }

  private func emitted<Report: JSONReport>(_ reports: [Report], dictionaries: [String] = []) throws
    -> [String: Bool]
  {
    let recorder = KeyRecorder()
    for report in reports { try recorder.record(report) }
    return recorder.paths.filter { path, _ in !dictionaries.contains { path.hasPrefix($0 + ".") } }
  }

  @Test("the fields of a scenario's lines and of its summary are the documented ones")
  func scenario() throws {
    let text = """
      machine arm-2g
      note "A note."
      spawn init
      map init 10000+8K rw
      explain on
      write init 10000 5
      expect value init 10000 6
      """
    var runner = try LabRun.runner(
      try ScenarioParser.parse(text, file: "story.lab"), options: .init(recordsChanges: true))
    var reports: [ActionReport] = []
    try runner.run { reports.append(ActionReport($0)) }
    #expect(
      try emitted(reports, dictionaries: ["changes.counters"]) == documented(ActionReport.schema))
    let summary = ScenarioSummary(runner)
    #expect(summary.failures == 1)
    #expect(try emitted([summary], dictionaries: ["counters"]) == documented(ScenarioSummary.schema))
  }

  @Test("the fields of the matrix are the documented ones")
  func matrix() throws {
    let matrix = LabMatrix([.i386, .arm])
    #expect(matrix.rows.count == 2)
    #expect(try emitted(matrix.rows.map { MatrixReport($0) }) == documented(MatrixReport.schema))
  }

  @Test("the fields of a profile are the documented ones")
  func profile() throws {
    #expect(try emitted(Profile.all.map { ProfileReport($0) }) == documented(ProfileReport.schema))
  }

  @Test("the fields of a replay are the documented ones")
  func replay() throws {
    let process = try TraceProcess(.x86_64)
    #expect(
      try emitted([ReplayReport(process, records: 0)]) == documented(ReplayReport.schema))
  }

  @Test("the fields of a comparison with a kernel are the documented ones")
  func verification() throws {
    let conditions = Conditions(
      release: "6.18.1", architecture: "x86_64", pageSizeBytes: 4096,
      lastTable: .init(spanBytes: 2 << 20, countedBytes: 4096), userEnd: 0x7fff_ffff_f000,
      control: 0x1030_0000..<0x1034_0000, code: 0x103f_d000..<0x103f_e000, stackLimitBytes: 8 << 20,
      lockLimitBytes: nil, hugePages: "madvise", counterSource: .status, framesVisible: false,
      softDirty: .masked,
      base: KernelOracle.Counters(
        residentAnonymousKiB: 0, residentFileKiB: 260, pageTablesKiB: 12, totalKiB: 260, lockedKiB: 0,
        dataKiB: 0), notes: [])
    let verification = try Verification(conditions)
    var report = VerificationReport(verification, log: "kernel.log", seed: 7)
    report.mismatches = [
      VerificationReport.Difference(Mismatch(program: Program([]), difference: "all"), origin: "seed 7")
    ]
    let least = VerificationReport(verification)
    #expect(try emitted([report, least]) == documented(VerificationReport.schema))
    #expect(report.text.contains { $0.contains("not seen") })
  }
}
