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
    "the page-table memory below the kernel half is what the kernel accounts to the process",
    arguments: Guest.built)
  func accounting(_ guest: Guest) throws {
    let image = try openImage(guest, "elf")
    let loaded = try guest.walker(guest.kernelRegisters ?? guest.registers)
    let expected = try #require(try guest.pageTableKilobytes(), "no VmPTE")
    let tables = PageTableSet(
      format: loaded.format, master: nil,
      processes: [ProcessTables(pid: 1, command: "loaded", root: loaded.root)])
    let all = TableStatistics(tables, ram: guest.ram(image), in: image).total
    print(
      "guest \(guest.name), tables: \(all.levels.map { "\($0.name) \($0.tableCount)" }), VmPTE \(expected) KiB")
    #expect(all.tableByteCount > expected << 10)
  }

  @Test("an address space does not differ from itself, and isolation's two differ only in the kernel's part",
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
    struct Probe: Decodable {
      struct PIDs: Decodable {
        var parent: Int
        var child: Int
      }
      var probe: PIDs
    }
    let data = try Data(contentsOf: folder.appending(path: "truth.json"))
    let pids = try JSONDecoder().decode(Probe.self, from: data).probe
    for pid in [pids.parent, pids.child] {
      let path = folder.appending(path: "parts/status.\(pid)")
      guard let text = try? String(contentsOf: path, encoding: .utf8) else { continue }
      for line in text.split(separator: "\n") where line.hasPrefix("VmPTE:") {
        return UInt64(line.split(whereSeparator: \.isWhitespace)[1])
      }
    }
    return nil
  }
}
