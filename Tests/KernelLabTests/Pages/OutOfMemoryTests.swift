import PageTables
import Testing

@testable import KernelLab

@Suite("Out of memory")
struct OutOfMemoryTests {
  /// A small process with a word, and one that takes all there is.
  private func populate(_ machine: inout Machine) throws -> (small: Task, large: Task) {
    machine.leaveFrames(300)
    let small = try machine.spawn("small")
    let large = try machine.spawn("large")
    machine.map(small, pages: 40)
    for number in UInt64(0)..<20 {
      _ = try machine.write(42, at: 0x40_0000 + number * machine.pageByteCount, by: small)
    }
    machine.map(large, pages: 600)
    return (small, large)
  }

  @Test("the worst is ended, and its memory is free again", arguments: Profile.names)
  func endsWorst(_ name: String) throws {
    var machine = try Machine.small(name)
    let (small, large) = try populate(&machine)
    let free = machine.frames.freeCount
    let count = try machine.fill(600, by: large)
    #expect(count > 100 && count < 300)
    #expect(machine.tasks[large.pid] == nil)
    #expect(machine.tasks[small.pid] != nil)
    let event = try #require(machine.reclaim.outOfMemoryEvents.last)
    #expect(event.victim == large.pid)
    #expect(event.scores.map(\.pid) == [small.pid, large.pid])
    #expect(try #require(event.scores[1].badness) > (try #require(event.scores[0].badness)))
    #expect(event.scores[1].residentPages == Int64(count))
    #expect(try machine.read(at: 0x40_0000, by: small) == 42)
    #expect(machine.frames.freeCount >= free)
    let state = machine.check()
    #expect(state == [])
  }

  @Test("who is immune stays, and another is ended for it")
  func immune() throws {
    var machine = try Machine.small("x86-64")
    let (small, large) = try populate(&machine)
    #expect(machine.adjustBadness(of: large, by: -1001) == SystemError.invalid.result)
    #expect(machine.adjustBadness(of: large, by: -1000) == 0)
    #expect(machine.badness(of: large) == nil)
    // First the other one goes, then there is nobody.
    #expect(try machine.fill(600, by: large) < 600)
    #expect(machine.tasks[small.pid] == nil)
    #expect(machine.tasks[large.pid] != nil)
    #expect(machine.reclaim.outOfMemoryEvents.map(\.victim) == [small.pid, nil])
    let state = machine.check()
    #expect(state == [])
  }

  @Test("the adjustment counts thousandths of all memory")
  func adjusted() throws {
    var machine = try Machine.small("x86-64")
    let (small, large) = try populate(&machine)
    let found = machine.badness(of: small)
    let before = try #require(found)
    machine.adjustBadness(of: small, by: 500)
    #expect(machine.badness(of: small) == before + 500 * (16384 / 1000))
    _ = try machine.fill(600, by: large)
    #expect(machine.reclaim.outOfMemoryEvents.first?.victim == small.pid)
  }

  @Test("tables count: a process of nothing but tables is ended")
  func tableBomb() throws {
    var machine = try Machine.small("x86-64")
    let (small, large) = try populate(&machine)
    machine.mmap(
      large, at: 0x1_0000_0000, byteCount: 1 << 30, rights: [.read], flags: [.private, .anonymous, .fixed])
    machine.mmap(
      large, at: 0x2_0000_0000, byteCount: 8 << 30, rights: [.read], flags: [.private, .anonymous, .fixed])
    var count: UInt64 = 0
    while count < 2000, try machine.read(at: 0x2_0000_0000 + count << 21, by: large) != nil { count += 1 }
    #expect(count > 200 && count < 300)
    #expect(machine.tasks[large.pid] == nil)
    #expect(machine.tasks[small.pid] != nil)
    let event = try #require(machine.reclaim.outOfMemoryEvents.last)
    #expect(event.scores[1].residentPages == 0)
    #expect(event.scores[1].tableByteCount >= count << 12)
    let state = machine.check()
    #expect(state == [])
  }
}
