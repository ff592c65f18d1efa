import PageTables
import Testing

@testable import KernelLab

@Suite("Reclaim")
struct ReclaimTests {
  @Test("spares what was used since it came by last", arguments: Profile.names)
  func sparesUsed(_ name: String) throws {
    var machine = try Machine.small(name)
    let page = machine.pageByteCount
    machine.swapon("swap", byteCount: 128 * page)
    let task = try machine.spawn("init")
    let space = try #require(task.space)
    machine.map(task, pages: 64)
    for number in UInt64(0)..<64 { _ = try machine.write(number, at: 0x40_0000 + number * page, by: task) }
    // All are old now, and one is away: the first, as its frame is.
    #expect(machine.reclaim(1) == 1)
    machine.flushAll(space)
    for number in UInt64(32)..<64 { _ = try machine.read(at: 0x40_0000 + number * page, by: task) }
    #expect(machine.reclaim(31) == 31)
    for number in UInt64(0)..<64 {
      #expect(machine.isPresent(0x40_0000 + number * page, in: task) == (number >= 32), "page \(number)")
    }
    let state = machine.check()
    #expect(state == [])
  }

  @Test("leaves locked pages, and private ones without swap")
  func leaves() throws {
    var machine = try Machine.small("arm64")
    let page = machine.pageByteCount
    let task = try machine.spawn("init")
    machine.map(task, pages: 8)
    for number in UInt64(0)..<8 { _ = try machine.write(number, at: 0x40_0000 + number * page, by: task) }
    #expect(machine.reclaim(8) == 0)
    machine.swapon("swap", byteCount: 64 * page)
    #expect(machine.mlock(task, at: 0x40_0000, byteCount: 4 * page) == 0)
    #expect(machine.reclaim(8) == 4)
    #expect(
      (UInt64(0)..<8).map { machine.isPresent(0x40_0000 + $0 * page, in: task) }
        == [true, true, true, true, false, false, false, false])
    let state = machine.check()
    #expect(state == [])
  }

  @Test("drops clean pages of files and writes changed ones back", arguments: Profile.names)
  func files(_ name: String) throws {
    var machine = try Machine.small(name)
    let page = machine.pageByteCount
    let task = try machine.spawn("init")
    let file = machine.makeFile("data", kind: .disk, byteCount: 8 * page)
    machine.map(task, pages: 8, flags: .shared, file: file)
    for number in UInt64(0)..<8 { _ = try machine.read(at: 0x40_0000 + number * page, by: task) }
    for number in UInt64(0)..<3 { _ = try machine.write(number + 9, at: 0x40_0000 + number * page, by: task) }
    // An entry that went before its page did is remembered.
    machine.munmap(task, at: 0x40_0000, byteCount: page)
    #expect(machine.reclaim(8) == 8)
    #expect(machine.counters.writtenBack == 3)
    #expect(task.space?.usage.filePages == 0)
    #expect(file.pages.isEmpty)
    var state = machine.check()
    #expect(state == [])
    let faults = task.majorFaultCount
    machine.map(task, pages: 8, flags: .shared, file: file)
    for number in UInt64(0)..<8 {
      #expect(try machine.read(at: 0x40_0000 + number * page, by: task) == (number < 3 ? number + 9 : 0))
    }
    #expect(task.majorFaultCount > faults)
    // What is cut off is gone from the disk, too.
    machine.reclaim(8)
    machine.ftruncate(file, byteCount: page)
    machine.ftruncate(file, byteCount: 8 * page)
    #expect(try machine.read(at: 0x40_0000, by: task) == 9)
    #expect(try machine.read(at: 0x40_0000 + page, by: task) == 0)
    state = machine.check()
    #expect(state == [])
  }

  @Test("drops what MADV_FREE gave up, unless it was written since", arguments: ["x86-64", "arm", "riscv64"])
  func lazilyFreed(_ name: String) throws {
    var machine = try Machine.small(name)
    let page = machine.pageByteCount
    machine.swapon("swap", byteCount: 64 * page)
    let task = try machine.spawn("init")
    machine.map(task, pages: 2)
    for number in UInt64(0)..<2 { _ = try machine.write(5, at: 0x40_0000 + number * page, by: task) }
    #expect(machine.madvise(task, at: 0x40_0000, byteCount: 2 * page, advice: 8) == 0)
    _ = try machine.write(6, at: 0x40_0000 + page, by: task)
    #expect(machine.reclaim(2) == 2)
    #expect(machine.swap.usedCount == 1)
    #expect(try machine.read(at: 0x40_0000, by: task) == 0)
    #expect(try machine.read(at: 0x40_0000 + page, by: task) == 6)
    let state = machine.check()
    #expect(state == [])
  }

  @Test("lets processes use more memory than there is", arguments: Profile.names)
  func overcommits(_ name: String) throws {
    var machine = try Machine.small(name)
    machine.leaveFrames(200)
    let page = machine.pageByteCount
    machine.swapon("swap", byteCount: 600 * page)
    let task = try machine.spawn("init")
    machine.map(task, pages: 500)
    for number in UInt64(0)..<500 {
      #expect(try machine.write(number + 1, at: 0x40_0000 + number * page, by: task), "page \(number)")
    }
    #expect(machine.counters.directReclaims > 0)
    var state = machine.check()
    #expect(state == [])
    for number in UInt64(0)..<500 {
      #expect(try machine.read(at: 0x40_0000 + number * page, by: task) == number + 1)
    }
    state = machine.check()
    #expect(state == [])
    #expect(machine.reclaim.outOfMemoryEvents.isEmpty)
  }
}
