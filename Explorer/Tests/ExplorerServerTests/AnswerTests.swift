import Foundation
import LinuxKernel
import PageTables
import Testing

@testable import Views

@Suite("What the explorer answers about a source")
struct AnswerTests {
  /// The built-in machine, and booted ones of every architecture.
  static let sources = ["lab", "lab:x86-64", "lab:arm", "lab:i386", "lab:arm64", "lab:riscv64"]

  @Test("a source tells its processes, its format and its views", arguments: sources)
  func source(_ name: String) throws {
    let answer = try ExplorerService.on(name).ask("/source")
    #expect(answer["name"].text == name)
    #expect(answer["kind"].text == "lab")
    #expect(answer["isLab"].isTrue)
    #expect(answer["processCount"].number == answer["processes"].list.count)
    #expect(answer["processes"][0]["pid"].number == (name == "lab" ? 614 : 1))
    #expect(answer["processes"][0]["root"].address != nil)
    #expect((answer["ramBytes"].number ?? 0) > 1 << 20)
    #expect(answer["views"].list.map(\.text) == ["space", "walk", "compare", "frames", "lab", "audit"])
  }

  @Test("a walk is the command's walk, with the address's bits and each table's place", arguments: sources)
  func walk(_ name: String) throws {
    let service = try ExplorerService.on(name)
    let (pid, address): (Int, UInt64) = name == "lab" ? (614, 0x7e9e_6c24) : (1, 0x10_0000)
    let answer = try service.ask("/walk?pid=\(pid)&address=\(prefixedHexadecimal(address))")
    let space = try SpaceRequest(process: "\(pid)").resolve(in: service.source)
    let report = WalkReport(VirtualAddress(address), in: space, of: service.source)
    let printed = try JSON(Array(report.jsonLine.utf8))
    for field in printed.names where field != "steps" {
      #expect(answer[field].value as? NSObject == printed[field].value as? NSObject, "\(field)")
    }
    #expect(answer["steps"].list.count == printed["steps"].list.count)
    for (step, line) in zip(answer["steps"].list, printed["steps"].list) {
      #expect(step["entry"].text == line["entry"].text)
      #expect(step["effective"]["kernel"].text?.count == 3)
      let index = try #require(step["index"].number)
      let span = try #require(step["span"].number)
      let base = try #require(step["base"].address)
      // The entry that the walk uses is the one whose span holds the address.
      let first = base &+ UInt64(index) &* UInt64(span)
      #expect(first <= address && address - first < UInt64(span))
      #expect(index < step["tableEntries"].number ?? 0)
    }
    // The fields, put together again, are the address.
    var bits: UInt64 = 0
    for field in answer["fields"].list {
      bits |= (field["value"].address ?? 0) << UInt64(field["low"].number ?? 0)
    }
    #expect(bits == address)
    let highs = answer["fields"].list.compactMap { $0["high"].number }
    let lows = answer["fields"].list.compactMap { $0["low"].number }
    #expect(zip(lows, highs.dropFirst()).allSatisfy { $0 == $1 + 1 }, "fields touch, top first")
    #expect(lows.last == 0)
    // The bytes are those that the value is in.
    let physical = try #require(answer["physical"].address)
    let start = try #require(answer["bytes"]["start"].address)
    let hex = try #require(answer["bytes"]["hex"].text)
    #expect(hex.count == 512)
    let value = try #require(answer["value"].text)
    #expect(hex.dropFirst(Int(physical - start) * 2).hasPrefix(value))
  }

  @Test("a walk that ends early says where and why")
  func stoppedWalk() throws {
    let answer = try ExplorerService.on("lab").ask("/walk?pid=614&address=10000000")
    #expect(answer["outcome"].text == "not-mapped")
    #expect(answer["sentence"].text?.contains("is not mapped") == true)
    #expect(answer["sentence"].text?.contains("pgd") == true)
    #expect(answer["bytes"].value == nil)
  }

  @Test("a table's letters are what walks of its entries say", arguments: sources)
  func table(_ name: String) throws {
    let service = try ExplorerService.on(name)
    let (pid, address) = name == "lab" ? (614, "0x7e9e6c24") : (1, "0x100000")
    let walk = try service.ask("/walk?pid=\(pid)&address=\(address)")
    for step in walk["steps"].list {
      let level = try #require(step["level"].text)
      let table = try service.ask("/table?pid=\(pid)&address=\(address)&level=\(level)")
      let letters = Array(try #require(table["classes"].text))
      #expect(letters.count == step["tableEntries"].number)
      #expect(table["used"].number == step["index"].number)
      #expect(table["table"].text == step["table"].text)
      let base = try #require(table["base"].address)
      let span = UInt64(try #require(table["spanBytes"].number))
      var compared = 0
      for (index, letter) in letters.enumerated() where letter != "." || index % 61 == 0 {
        // Of large tables a part is enough.
        guard compared < 40 else { break }
        let target = prefixedHexadecimal(base &+ UInt64(index) &* span)
        let walk = try service.ask("/walk?pid=\(pid)&address=\(target)")
        guard let same = walk["steps"].list.first(where: { $0["level"].text == level }),
          same["table"].text == step["table"].text
        else { continue }
        let meaning = ["t": "table", "l": "leaf", "h": "leaf", ".": "absent", "s": "absent", "x": "invalid"]
        #expect(same["meaning"].text == meaning[String(letter)], "\(level)[\(index)] is \(letter)")
        compared += 1
      }
      #expect(compared > 0)
    }
  }

  @Test("a strip tiles the space; its columns are mapped where the map says", arguments: sources)
  func strip(_ name: String) throws {
    let service = try ExplorerService.on(name)
    let pid = name == "lab" ? 614 : 1
    let answer = try service.ask("/strip?pid=\(pid)")
    let space = try SpaceRequest(process: "\(pid)").resolve(in: service.source)
    let pieces = answer["pieces"].list
    let cells = answer["cells"].list
    #expect(cells.count <= 1024)
    #expect(pieces.compactMap { $0["columns"].number }.reduce(0, +) == cells.count)
    #expect(pieces.first?["start"].text == answer["from"].text)
    #expect(pieces.last?["end"].text == answer["to"].text)
    for list in [pieces, cells] {
      for (one, other) in zip(list, list.dropFirst()) { #expect(one["end"].text == other["start"].text) }
    }
    let ranges = space.walker.ranges(in: service.source.memory).filter { $0.mapping != nil }
    for cell in cells {
      let first = try #require(cell["start"].address)
      // The end of the last cell may be 2^64.
      let last = cell["end"].address.map { $0 &- 1 } ?? .max
      let mapped = ranges.reduce(Double(0)) { sum, range in
        let from = max(range.first.rawValue, first)
        let through = min(range.last.rawValue, last)
        return from <= through ? sum + Double(through - from) + 1 : sum
      }
      let size = Double(last - first) + 1
      let share = try #require(cell["mapped"].share)
      #expect(abs(share - mapped / size) <= 0.001, "\(cell["start"].text ?? "")")
      #expect((mapped > 0) == (share > 0))
      #expect((mapped > 0) == (cell["access"].text != nil))
      // What is mapped has an entry at each level on the way, unless it is a larger page.
      if mapped > 0 { #expect(cell["levels"].names.isEmpty == false) }
    }
    // Whatever is mapped is drawn, not folded away.
    for range in ranges {
      let piece = pieces.last { ($0["start"].address ?? .max) <= range.first.rawValue }
      #expect(piece?["gap"].value as? Bool == false, "\(hexadecimal(range.first.rawValue))")
    }
  }

  @Test("a strip of a part is that part", arguments: sources)
  func zoom(_ name: String) throws {
    let service = try ExplorerService.on(name)
    let pid = name == "lab" ? 614 : 1
    let answer = try service.ask("/strip?pid=\(pid)&from=0x10000&to=0x110000&columns=64")
    #expect(answer["from"].text == "0x10000")
    #expect(answer["to"].text == "0x110000")
    #expect(answer["cells"].list.count <= 64)
    #expect(answer["cells"].list.first?["start"].text == "0x10000")
  }

  @Test("frames are what the reverse map says of them", arguments: sources)
  func frames(_ name: String) throws {
    let service = try ExplorerService.on(name)
    let map = try service.ask("/frames")
    let from = try #require(map["from"].number)
    let to = try #require(map["to"].number)
    let perCell = try #require(map["framesPerCell"].number)
    let letters = Array(try #require(map["cells"].text))
    #expect(letters.count == (to - from + perCell - 1) / perCell)
    #expect(letters.count <= 16384)
    let known = Set(map["legend"].list.compactMap(\.["letter"].text).map { Character($0) })
    #expect(letters.allSatisfy(known.contains))
    let counted = map["legend"].list.compactMap(\.["count"].number).reduce(0, +)
    let ram = service.source.ram.reduce(UInt64(0)) { $0 + ($1.last.rawValue - $1.first.rawValue + 1) }
    let frameSize = try #require(try service.ask("/source")["frameSizeBytes"].number)
    #expect(counted == Int(ram) / frameSize)
    // Frame by frame: tables are tables, and a process's memory is a process's.
    var tables = 0
    var memory = 0
    let pieceCount = 16384
    for start in stride(from: from, to: to, by: pieceCount) where tables < 40 || memory < 40 {
      let piece = try service.ask("/frames?from=\(start)&count=\(pieceCount)")
      for (place, letter) in (piece["cells"].text ?? "").enumerated() {
        let isTable = "12345".contains(letter)
        guard isTable && tables < 40 || "afs".contains(letter) && memory < 40 else { continue }
        let frame = try service.ask("/frame?frame=\(start + place)")
        if isTable {
          tables += 1
          #expect(frame["kind"].text == "page-table", "frame \(start + place)")
          #expect(frame["serves"]["level"].text != nil)
        } else {
          memory += 1
          #expect(frame["kind"].text != "page-table")
        }
        #expect(frame["frame"].number == start + place)
      }
    }
    #expect(tables > 0)
    #expect(memory > 0)
  }

  @Test("statistics and audit are the commands'", arguments: sources)
  func auditAndStatistics(_ name: String) throws {
    let service = try ExplorerService.on(name)
    let tables = try service.source.pageTables()
    let reports = StatisticsReport.reports(
      TableStatistics(tables, ram: service.source.ram, in: service.source.memory))
    let stats = try service.ask("/stats")
    #expect(stats["totals"]["tableBytes"].number == reports.last.map { Int($0.bytes) })
    #expect(stats["processes"].list.count == reports.count - 1)
    #expect(
      stats["processes"].list.compactMap(\.["tableBytes"].number).reduce(0, +)
        == stats["totals"]["tableBytes"].number)
    let audit = try service.ask("/audit")
    #expect(audit["count"].number == audit["findings"].list.count)
    #expect(
      audit["openCount"].number == audit["findings"].list.count { $0["explained"].value == nil })
    #expect(audit["conclusion"].text?.contains("finding") == true)
    for finding in audit["findings"].list {
      #expect(finding["address"].address != nil)
      #expect(finding["pid"].value != nil)
    }
  }
}
