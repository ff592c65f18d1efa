import Foundation
import LinuxKernel
import PageTables
import Testing

@testable import Views

/// What the explorer draws of a real kernel's memory, held against what the commands say of it.
@Suite(.enabled(if: !Guest.built.isEmpty || Guest.isRequired, "no guest is built; run scripts/guests build"))
struct ExplorerTests {
  private func service(_ guest: Guest) throws -> ExplorerService {
    let file = try #require(guest.truth.files["elf"])
    let path = guest.folder.appending(path: file).path(percentEncoded: false)
    return ExplorerService(try SourceRequest(name: path).open(), waits: true)
  }

  private func ask(_ service: ExplorerService, _ path: String, _ query: String = "") throws -> [String: Any] {
    let answer = service.answer(path, query: query)
    let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
    #expect(answer.status == 200, "\(path)?\(query): \(object ?? [:])")
    return try #require(object)
  }

  @Test("deferred entries of the kernel page table are cells of the grid", arguments: Guest.built)
  func comparison(_ guest: Guest) throws {
    let service = try service(guest)
    let picture = try ask(service, "/compare", "from=0&count=256")
    let answer = try ComparisonRequest().answer(from: service.source)
    let rows = try #require(picture["rows"] as? [[String: Any]])
    let columns = try #require(picture["columns"] as? [[String: Any]])
    #expect(columns.count <= 512)
    #expect(rows.count == min(256, answer.reports.count))
    #expect(picture["differs"] as? Bool == answer.differs)
    for (row, report) in zip(rows, answer.reports) where picture["sharing"] as? String == "copied" {
      var counts: [Character: Int] = [:]
      for (cell, column) in zip(try #require(row["cells"] as? String), columns) {
        counts[cell, default: 0] += column["count"] as? Int ?? 1
      }
      // Entries below a column's level are told by their column.
      let isFlat = ([report.deferred, report.stale, report.different].flatMap { $0 ?? [] })
        .allSatisfy { $0.level == picture["level"] as? String }
      guard isFlat else { continue }
      #expect(counts["d"] ?? 0 == report.deferred?.count ?? 0, "\(report.pid)")
      #expect(counts["s"] ?? 0 == report.stale?.count ?? 0, "\(report.pid)")
      #expect(counts["x"] ?? 0 == report.different?.count ?? 0, "\(report.pid)")
    }
  }

  @Test("frames of the map are what the reverse map says of them", arguments: Guest.built)
  func frames(_ guest: Guest) throws {
    let service = try service(guest)
    let whole = try ask(service, "/frames")
    let first = try #require(whole["from"] as? Int)
    let end = try #require(whole["to"] as? Int)
    let search = try FrameSearch(service.source)
    var checked: [Character: Int] = [:]
    var free = 0
    for start in stride(from: first, to: end, by: 16384) {
      let piece = try ask(service, "/frames", "from=\(start)&count=16384")
      for (place, letter) in try #require(piece["cells"] as? String).enumerated() {
        guard letter != " ", letter != "u", checked[letter, default: 0] < 200 else { continue }
        checked[letter, default: 0] += 1
        let physical = try #require(search.physical(frame: UInt64(start + place)))
        let report = search.report(of: physical)
        switch letter {
        case "1"..."5": #expect(report.kind == "page-table", "frame \(start + place)")
        case "a": #expect(report.kind == "process" || report.kind == "shared", "frame \(start + place)")
        case "F":
          free += 1
          #expect(report.mappings.allSatisfy { $0.pid == nil }, "a free frame is mapped: \(start + place)")
        default: #expect(report.kind != "page-table", "frame \(start + place)")
        }
      }
    }
    #expect(checked["1"] ?? 0 > 10)
    #expect(checked["a"] ?? 0 > 10)
    #expect(checked["f"] ?? 0 > 10)
    // Where the kernel's records of frames are found, some are free.
    if case .found = search.records { #expect(free > 10) }
  }

  @Test("the strip of a process draws all its areas, and what is mapped", arguments: Guest.built)
  func strip(_ guest: Guest) throws {
    let service = try service(guest)
    let kernel = try service.source.knowKernel()
    for task in kernel.tasks.filter({ $0.root != nil && $0.pid == $0.tgid }).prefix(4) {
      let picture = try ask(service, "/strip", "pid=\(task.pid)")
      let cells = try #require(picture["cells"] as? [[String: Any]])
      let pieces = try #require(picture["pieces"] as? [[String: Any]])
      #expect(cells.count <= 1024)
      #expect(pieces.compactMap { $0["columns"] as? Int }.reduce(0, +) == cells.count)
      for area in kernel.areas(of: task).areas {
        let piece = pieces.last {
          (($0["start"] as? String).flatMap { parseHexadecimal($0) } ?? .max) <= area.first.rawValue
        }
        #expect(piece?["gap"] as? Bool == false, "\(task.pid): \(area.path ?? "") is folded away")
      }
    }
  }
}
