import Testing

@testable import KernelLab

@Suite("Locks")
struct LockTests {
  @Test("the kernel's own paths take locks in order, hold none at the end, and forget none")
  func soundPaths() throws {
    for profile in Profile.all {
      var machine = try Machine.boot(profile)
      machine.locks.isChecking = true
      machine.kernel.lazyMaxPages = 4
      let task = try machine.spawn("user")
      try machine.run(task)
      let area = try machine.vmalloc(byteCount: 1 << 20)
      _ = machine.access(.read, at: area.range.lowerBound, isUser: false)
      try machine.vfree(area.range.lowerBound)
      machine.purgeVmalloc()
      machine.exit(task)
      machine.locks.expectNoneHeld(site: "end")
      #expect(machine.locks.findings.isEmpty, "\(profile.name): \(machine.locks.findings)")
      #expect(machine.locks.acquisitionCount > 0)
    }
  }

  @Test("a wrong order is reported with both sites")
  func wrongOrder() {
    var locks = LockChecker()
    locks.isChecking = true
    locks.take(.pageTable(7), site: "line 3")
    locks.take(.mmap(1), site: "line 4")
    #expect(
      locks.findings == [
        LockFinding(
          kind: .wrongOrder, cpu: 0, lock: .mmap(1), site: "line 4", other: .pageTable(7), otherSite: "line 3"
        )
      ])
    #expect(
      locks.findings[0].description
        == "CPU 0, line 4: takes mmap_lock of space 1 inside lock of the table in frame 7 (line 3), "
        + "which belongs inside it")
  }

  @Test("the order is that of mm/rmap.c, with pgd_lock outside of page_table_lock")
  func order() {
    let chain: [Lock] = [
      .mmap(1), .page(2), .fileMappings(3), .anonymousMap(4), .vmapPurge, .vmapAreas, .pgd, .upperTables(1),
      .pageTable(5), .swap, .reclaimLists,
    ]
    for (outer, lock) in chain.enumerated() {
      for inner in chain[(outer + 1)...] {
        var locks = LockChecker()
        locks.take(lock, site: "outer")
        locks.take(inner, site: "inner")
        #expect(locks.findings.isEmpty)
        var reversed = LockChecker()
        reversed.take(inner, site: "outer")
        reversed.take(lock, site: "inner")
        #expect(reversed.findings.map(\.kind) == [.wrongOrder])
      }
    }
  }

  @Test("two locks of a kind need a word that they nest, and one order")
  func nesting() {
    var locks = LockChecker()
    locks.take(.pageTable(1), site: "a")
    locks.take(.pageTable(2), site: "b")
    #expect(locks.findings.map(\.kind) == [.notNested])
    locks.clearFindings()
    locks.giveBack(.pageTable(2), site: "c")
    locks.giveBack(.pageTable(1), site: "c")
    locks.take(.pageTable(2), site: "d")
    locks.take(.pageTable(1), isNested: true, site: "e")
    #expect(locks.findings.map(\.kind) == [.reversed])
    #expect(locks.findings[0].otherSite == "b")
  }

  @Test("two CPUs that wait for each other are a deadlock")
  func deadlock() {
    var locks = LockChecker()
    locks.take(.mmap(1), site: "cpu 0 first")
    locks.cpu = 1
    locks.take(.mmap(2), site: "cpu 1 first")
    #expect(locks.take(.mmap(1), isNested: true, site: "cpu 1 second") == false)
    #expect(locks.findings.isEmpty)
    locks.cpu = 0
    #expect(locks.take(.mmap(2), isNested: true, site: "cpu 0 second") == false)
    #expect(locks.findings.map(\.kind) == [.reversed, .deadlock])
  }

  @Test("taking twice, giving back what is not held, keeping, and changing without a lock are reported")
  func otherRules() {
    var locks = LockChecker()
    locks.isChecking = true
    locks.take(.pgd, site: "a")
    locks.take(.pgd, site: "b")
    locks.giveBack(.swap, site: "c")
    locks.expectNoneHeld(site: "d")
    locks.giveBack(.pgd, site: "e")
    locks.require(.pgd)
    #expect(locks.findings.map(\.kind) == [.takenTwice, .notHeld, .keptOnReturn, .missing])
    #expect(locks.findings.last?.otherSite == "a")
  }

  @Test("a lock that a scenario lets the kernel forget is missed where it is needed")
  func forgotten() throws {
    var machine = try Machine.boot(.i386)
    machine.locks.isChecking = true
    machine.locks.forgotten = [.upperTables]
    let task = try machine.spawn("user")
    try machine.run(task)
    try machine.vmalloc(byteCount: 8 << 20)
    let missing = machine.locks.findings.filter { $0.kind == .missing }
    #expect(missing.contains { $0.lock == .upperTables(0) })
    #expect(missing.contains { $0.lock == .upperTables(1) })
  }

  @Test("with few CPUs configured one lock is for all tables of a space")
  func splitting() {
    var locks = LockChecker()
    #expect(locks.lock(ofTable: 9, space: 1) == .pageTable(9))
    locks.splitsTableLocks = false
    #expect(locks.lock(ofTable: 9, space: 1) == .upperTables(1))
  }
}
