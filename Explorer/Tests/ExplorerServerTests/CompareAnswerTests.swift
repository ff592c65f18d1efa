import LinuxKernel
import Testing

@testable import Views

@Suite("The kernel page table against processes, as a grid")
struct CompareAnswerTests {
  static let sources = ["lab", "lab:x86-64", "lab:arm", "lab:i386", "lab:arm64", "lab:riscv64"]

  @Test("the letters are the command's verdicts, counted", arguments: sources)
  func letters(_ name: String) throws {
    let service = try ExplorerService.on(name)
    let picture = try service.ask("/compare")
    let reports = try ComparisonRequest().answer(from: service.source).reports
    #expect(picture["rowCount"].number == reports.count)
    #expect(picture["columns"].list.count <= 512)
    for (row, report) in zip(picture["rows"].list, reports) {
      #expect(row["pid"].number == report.pid)
      let cells = row["cells"].text ?? ""
      #expect(cells.count == picture["columns"].list.count)
      guard picture["sharing"].text == "copied" else {
        #expect(report.sharing == "separate-roots")
        continue
      }
      // A column may stand for several entries that are alike.
      var counts: [Character: Int] = [:]
      for (cell, column) in zip(cells, picture["columns"].list) {
        counts[cell, default: 0] += column["count"].number ?? 1
      }
      #expect(counts["d"] ?? 0 == report.deferred?.count ?? 0)
      #expect(counts["s"] ?? 0 == report.stale?.count ?? 0)
      #expect(counts["x"] ?? 0 == report.different?.count ?? 0)
      #expect(counts["="] ?? 0 == report.same ?? 0)
    }
  }

  @Test("on ARM a late vmalloc is deferred in the process that did not touch it")
  func deferred() throws {
    let scenario = """
      machine arm,ram=256M
      spawn sleeper
      spawn worker
      switch worker
      vmalloc buffer 8M
      read kernel buffer
      """
    let service = try ExplorerService.on("lab")
    let session = try JSON(service.runScenario(scenario).body)
    guard let name = session["session"].text else {
      Issue.record("\(session["error"]["message"].text ?? "no session")")
      return
    }
    let before = try service.ask("/lab/step?session=\(name)&step=4")
    let after = try service.ask("/lab/step?session=\(name)&step=5")
    func deferredCells(_ step: JSON, _ command: String) -> Int {
      let row = step["compare"]["rows"].list.first { $0["command"].text == command }
      return row?["cells"].text?.count { $0 == "d" } ?? -1
    }
    #expect(deferredCells(before, "sleeper") == 8)
    #expect(deferredCells(before, "worker") == 8)
    // ARM's fault copies a pair.
    #expect(deferredCells(after, "worker") == 6)
    #expect(deferredCells(after, "sleeper") == 8)
    #expect(after["changes"].list.contains { $0["process"].text?.contains("worker") == true })
  }

  @Test("rows come in pieces")
  func pieces() throws {
    let service = try ExplorerService.on("lab:x86-64")
    let all = try service.ask("/compare?from=0&count=64")
    let second = try service.ask("/compare?from=1&count=1")
    #expect(all["rowCount"].number == 2)
    #expect(second["rows"].list.count == 1)
    #expect(second["rows"][0]["pid"].number == all["rows"][1]["pid"].number)
  }
}
