import LabWork
import Testing

@testable import KernelLab

/// Locks in the paths of processes' memory: faults, areas, fork, exit, reclaim.
@Suite("Locks of processes' memory")
struct LockPathTests {
  @Test(
    "are taken in order, given back, and held where entries change, whatever processes do",
    arguments: Profile.all.map(\.name), [false, true])
  func holds(_ name: String, isPressed: Bool) throws {
    var profile = try #require(Profile.named(name))
    profile.ramByteCount = 64 << 20
    var machine = try Machine.boot(profile)
    machine.locks.isChecking = true
    if isPressed {
      machine.leaveFrames(machine.hasTransparentHugePages ? 700 : 250)
      machine.swapon("swap", byteCount: 300 * machine.pageByteCount)
    }
    var work = RandomWork(seed: 7, profile: machine.profile, isPressed: isPressed)
    for _ in 0..<400 {
      var done = ""
      try work.run(1, on: &machine) { done = $1 }
      for cpu in machine.cpus.indices {
        machine.actingCPU = cpu
        machine.locks.expectNoneHeld(site: "end")
      }
      let found = machine.locks.findings
      try #require(found.isEmpty, "\(found.prefix(3).map(\.description)) after \(done)")
    }
    #expect(machine.locks.contentions.isEmpty)
    #expect(machine.locks.acquisitionCount > 1000)
    if isPressed { #expect(machine.counters.reclaimedPages > 0) }
  }

  /// What a process does on CPU 0 while CPU 1 holds a lock, and Linux's function that would wait for it.
  struct Path: Sendable, CustomTestStringConvertible {
    enum Holder: Sendable {
      case mmap
      case table
      case page
    }
    var holder: Holder
    var function: String
    var act: @Sendable (inout Machine, Task) -> Void
    var testDescription: String { "\(function), \(holder)" }
  }

  private static let place: UInt64 = 0x40_0000

  private static let paths: [Path] = [
    Path(holder: .mmap, function: "do_user_addr_fault") {
      _ = $0.access(.write, at: place + 0x5000)
      _ = $1
    },
    Path(holder: .mmap, function: "vm_mmap_pgoff") { $0.map($1, at: 0x100_0000, pages: 1) },
    Path(holder: .mmap, function: "__vm_munmap") { $0.munmap($1, at: place, byteCount: 0x1000) },
    Path(holder: .mmap, function: "do_mprotect_pkey") {
      $0.mprotect($1, at: place, byteCount: 0x1000, rights: .read)
    },
    Path(holder: .mmap, function: "mremap") {
      $0.mremap($1, at: place, oldByteCount: 0x1000, newByteCount: 0x2000, flags: .mayMove)
    },
    Path(holder: .mmap, function: "do_mlock") { $0.mlock($1, at: place, byteCount: 0x1000) },
    Path(holder: .mmap, function: "do_madvise") { $0.madvise($1, at: place, byteCount: 0x1000, advice: 4) },
    Path(holder: .mmap, function: "brk") { $0.brk($1, to: 0x900_1000) },
    Path(holder: .mmap, function: "dup_mmap") { _ = try? $0.fork($1) },
    Path(holder: .mmap, function: "exit_mmap") { $0.exit($1) },
    Path(holder: .table, function: "do_anonymous_page") {
      _ = $0.access(.write, at: place + 0x5000)
      _ = $1
    },
    Path(holder: .table, function: "zap_pte_range") { $0.munmap($1, at: place, byteCount: 0x1000) },
    Path(holder: .table, function: "change_pte_range") {
      $0.mprotect($1, at: place, byteCount: 0x1000, rights: .read)
    },
    Path(holder: .table, function: "move_ptes") {
      $0.mremap($1, at: place, oldByteCount: 0x1000, newByteCount: 0x2000, flags: .mayMove)
    },
    Path(holder: .table, function: "copy_pte_range") { _ = try? $0.fork($1) },
    Path(holder: .table, function: "folio_referenced_one") {
      $0.reclaim(1)
      _ = $1
    },
    Path(holder: .table, function: "madvise_free_pte_range") {
      $0.madvise($1, at: place, byteCount: 0x1000, advice: 8)
    },
  ]

  @Test("stand in the way of whoever needs them", arguments: paths)
  func contention(_ path: Path) throws {
    // 6.1: no locks of single areas.
    var machine = try Machine.small("arm64")
    let task = try machine.spawn("init")
    try machine.run(task)
    machine.setHeapStart(0x900_0000, of: task)
    machine.map(task, at: Self.place, pages: 16)
    _ = machine.access(.write, at: Self.place)
    machine.swapon("swap", byteCount: 1 << 20)
    let space = try #require(task.space)
    let found = machine.slot(for: Self.place, root: space.root, depth: machine.lastDepth)
    let slot = try #require(found)
    let lock: Lock =
      path.holder == .mmap
      ? .mmap(space.id) : machine.lock(ofEntriesAt: slot.address, depth: machine.lastDepth)
    machine.locks.isChecking = true
    machine.actingCPU = 1
    machine.locks.take(lock, site: "holder")
    machine.actingCPU = 0
    path.act(&machine, task)
    let waits = machine.locks.contentions
    #expect(waits.contains { $0.contains("\(path.function): would wait for \(lock)") }, "\(waits)")
    #expect(machine.locks.findings.isEmpty, "\(machine.locks.findings)")
    machine.locks.expectNoneHeld(site: "end")
    #expect(machine.locks.findings.isEmpty)
  }

  @Test("are those of single areas where kernels have them, and mmap_lock where more is needed")
  func areaLocks() throws {
    var machine = try Machine.small("x86-64")
    let task = try machine.spawn("init")
    try machine.run(task)
    machine.map(task, at: Self.place, pages: 16)
    let space = try #require(task.space)
    machine.locks.isChecking = true
    machine.actingCPU = 1
    machine.locks.take(.mmap(space.id), site: "holder")
    machine.actingCPU = 0
    // The area has no anon_vma yet.
    _ = machine.access(.write, at: Self.place)
    #expect(machine.locks.takeContentions().count == 1)
    _ = machine.access(.write, at: Self.place + 0x1000)
    #expect(machine.locks.takeContentions().isEmpty)
    #expect(machine.locks.findings.isEmpty)
  }

  @Test("are missed where an entry is written without them")
  func missing() throws {
    var machine = try Machine.small("arm64")
    let task = try machine.spawn("init")
    try machine.run(task)
    machine.map(task, at: Self.place, pages: 2)
    machine.locks.isChecking = true
    _ = machine.access(.write, at: Self.place)
    #expect(machine.locks.findings.isEmpty)
    machine.locks.forgotten = [.pageTable]
    _ = machine.access(.write, at: Self.place + 0x1000)
    #expect(machine.locks.findings.map(\.kind) == [.missing])
    #expect(machine.locks.findings.first?.site == "set_pte_at")
  }

  @Test("are not even counted while nobody asks for them")
  func off() throws {
    var machine = try Machine.small("x86-64")
    let task = try machine.spawn("init")
    try machine.run(task)
    machine.map(task, at: Self.place, pages: 2)
    _ = machine.access(.write, at: Self.place)
    machine.exit(try machine.fork(task))
    #expect(machine.locks.acquisitionCount == 0)
  }

  @Test("that were seen in the right order are told where the wrong one is reported")
  func earlier() {
    var locks = LockChecker()
    locks.take(.mmap(1), site: "line 2")
    locks.take(.pageTable(5), site: "line 3")
    locks.giveBack(.pageTable(5), site: "line 4")
    locks.giveBack(.mmap(1), site: "line 5")
    locks.cpu = 1
    locks.take(.pageTable(6), site: "line 6")
    locks.take(.mmap(2), site: "line 7")
    #expect(
      locks.findings.map(\.description) == [
        "CPU 1, line 7: takes mmap_lock of space 2 inside lock of the table in frame 6 (line 6), which belongs "
          + "inside it; before it was the other way round: CPU 0, line 2, then line 3"
      ])
  }

  @Test("go to the CPU that waited when they are given back; readers do not wait for readers")
  func handing() {
    var locks = LockChecker()
    #expect(locks.take(.mmap(1), isShared: true, site: "a") == true)
    locks.cpu = 1
    #expect(locks.take(.mmap(1), isShared: true, site: "b") == true)
    locks.giveBack(.mmap(1), site: "c")
    #expect(locks.take(.mmap(1), site: "d") == false)
    #expect(locks.lockAwaited(by: 1) == .mmap(1))
    locks.cpu = 0
    locks.giveBack(.mmap(1), site: "e")
    #expect(locks.lockAwaited(by: 1) == nil)
    #expect(locks.locksHeld(by: 1) == [.mmap(1)])
    #expect(locks.findings.isEmpty)
  }
}
