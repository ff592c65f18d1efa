import LinuxKernel
import PageTableEditing
import PageTables
import Testing

@Suite("An audit of forged tables ends, and its keys are steady")
struct AuditLimitTests {
  @Test("every entry of every table names the same frame")
  func allToOneFrame() throws {
    let system = try SmallSystem()
    let frame: UInt64 = 0x3a0_0000
    for index in UInt64(0)..<512 { try system.store(frame | 0x67, at: PhysicalAddress(frame + index * 8)) }
    for index in UInt64(0)..<256 {
      try system.store(frame | 0x67, at: system.first.root.lower.advanced(byBytes: index * 8))
    }
    let report = system.audit()
    #expect(!report.isComplete)
    #expect(report.findings.contains { $0.rule == .selfReference })
    #expect(report.findings.count < 20_000)
  }

  @Test("tables that repeat one table at every level are looked into once")
  func repeated() throws {
    let system = try SmallSystem()
    // A chain as KASAN's shadow of nothing: each level's entries all name the next level's one table.
    let tables: [UInt64] = [0x3a0_0000, 0x3a0_1000, 0x3a0_2000]
    for (depth, table) in tables.enumerated() {
      let next = depth + 1 < tables.count ? tables[depth + 1] | 0x67 : 0x3b0_0000 | 0x8000_0000_0000_0061
      for index in UInt64(0)..<512 { try system.store(next, at: PhysicalAddress(table + index * 8)) }
    }
    for index in UInt64(300)..<316 {
      try system.store(tables[0] | 0x67, at: system.kernel.root.lower.advanced(byBytes: index * 8))
    }
    let report = system.audit()
    #expect(report.isComplete)
    #expect(report.findings.filter { !$0.isExplained }.isEmpty)
  }

  @Test("garbage in the place of tables gives a report")
  func garbage() throws {
    for seed in UInt64(1)...8 {
      let system = try SmallSystem()
      var state = seed
      for _ in 0..<4096 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let place = 0x200_0000 + (state >> 20) % 0x1_4000 & ~7
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        try system.store(state, at: PhysicalAddress(place))
      }
      let report = system.audit()
      #expect(Set(report.findings.map(\.key)).count == report.findings.count)
    }
  }

  @Test("more findings than are kept are counted")
  func manyFindings() throws {
    let system = try SmallSystem()
    for page in UInt64(0)..<3000 {
      try system.mapRange(
        system.first, 0x7000_0000_0000 + page << 13, to: 0x340_0000, byteCount: 0x1000, .all, largest: 12)
    }
    let report = system.audit()
    #expect(!report.isComplete)
    #expect(report.findings.count { $0.rule == .writableExecutable } == 2048)
    #expect(report.notes.contains("952 more findings of writable-executable are left out"))
  }

  @Test("a table limit makes the report partial")
  func tableLimit() throws {
    let system = try SmallSystem()
    let report = Audit.run(
      AuditInput(tables: system.tables, ram: system.ram, tableLimit: 5), in: system)
    #expect(!report.isComplete)
  }

  @Test("the keys are those of the same findings elsewhere, and no two findings share one")
  func keys() throws {
    func keys(at address: UInt64, frame: UInt64) throws -> [String] {
      let system = try SmallSystem()
      try system.mapRange(system.first, address, to: frame, byteCount: 0x2000, .all, largest: 12)
      try system.mapRange(system.first, address + 0x10_0000, to: frame, byteCount: 0x2000, .all, largest: 12)
      return system.audit().findings.map(\.key)
    }
    let some = try keys(at: 0x7000_0000_0000, frame: 0x340_0000)
    let others = try keys(at: 0x7123_4000_0000, frame: 0x350_0000)
    #expect(some == others)
    #expect(Set(some).count == some.count)
    #expect(
      some == [
        "writable-executable/init/user-half/0x2000/access=63",
        "writable-executable/init/user-half/0x2000/access=63#2",
      ])
  }
}
