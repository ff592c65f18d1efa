import PageTables
import Testing

@testable import KernelLab

@Suite("Swap")
struct SwapTests {
  @Test(
    "keeps every byte of every page, and a page that comes back is a major fault", arguments: Profile.names)
  func roundTrip(_ name: String) throws {
    var machine = try Machine.small(name)
    let page = machine.pageByteCount
    #expect(machine.swapon("swap", byteCount: 128 * page) == 0)
    let task = try machine.spawn("init")
    let space = try #require(task.space)
    machine.map(task, pages: 64)
    for number in UInt64(0)..<64 {
      #expect(
        try machine.write(number &* 0x9e37_79b9_7f4a_7c15 | 1, at: 0x40_0000 + number * (page + 8), by: task))
    }
    #expect(machine.reclaim(64) == 64)
    #expect(space.usage.swappedPages == 64)
    #expect(space.usage.anonymousPages == 0)
    #expect(machine.swap.usedCount == 64)
    var state = machine.check()
    #expect(state == [])
    let found = machine.slot(for: 0x40_0000, root: space.root, depth: machine.lastDepth)
    let slot = try #require(found)
    let entry = machine.entry(at: slot, depth: machine.lastDepth)
    #expect(
      machine.profile.format.notPresent.state(of: entry.word & ~machine.swap.exclusiveMask).kind == .swap)
    for number in UInt64(0)..<64 {
      #expect(
        try machine.read(at: 0x40_0000 + number * (page + 8), by: task) == number &* 0x9e37_79b9_7f4a_7c15 | 1
      )
    }
    #expect(task.majorFaultCount == 64)
    #expect(space.usage.swappedPages == 0)
    #expect(machine.swap.usedCount == 0)
    state = machine.check()
    #expect(state == [])
  }

  @Test("a page that two processes share goes once, and comes back for both", arguments: Profile.names)
  func afterFork(_ name: String) throws {
    var machine = try Machine.small(name)
    let page = machine.pageByteCount
    machine.swapon("swap", byteCount: 64 * page)
    let parent = try machine.spawn("parent")
    machine.map(parent, pages: 8)
    for number in UInt64(0)..<8 {
      _ = try machine.write(100 + number, at: 0x40_0000 + number * page, by: parent)
    }
    let child = try machine.fork(parent)
    #expect(machine.reclaim(8) == 8)
    #expect(machine.swap.usedCount == 8)
    #expect(parent.space?.usage.swappedPages == 8)
    #expect(child.space?.usage.swappedPages == 8)
    var state = machine.check()
    #expect(state == [])
    // The first to come reads it from the device, the second finds it in the cache.
    #expect(try machine.write(7, at: 0x40_0000, by: child))
    #expect(try machine.read(at: 0x40_0000, by: parent) == 100)
    #expect(try machine.read(at: 0x40_0000, by: child) == 7)
    #expect(child.majorFaultCount == 1)
    #expect(parent.majorFaultCount == 0)
    #expect(try machine.read(at: 0x40_0000 + page, by: parent) == 101)
    #expect(machine.swap.count(at: SwapSlot(type: 0, offset: 1)) == 0)
    // Half in memory, and in the cache: it may go again, to the slot that it has.
    state = machine.check()
    #expect(state == [])
    #expect(machine.reclaim(100) > 0)
    state = machine.check()
    #expect(state == [])
    for number in UInt64(1)..<8 {
      #expect(try machine.read(at: 0x40_0000 + number * page, by: child) == 100 + number)
    }
    // A fork of what is swapped out counts its slots, and an exit gives them back.
    #expect(machine.reclaim(100) > 0)
    let grandchild = try machine.fork(child)
    state = machine.check()
    #expect(state == [])
    for task in [parent, child] { machine.exit(task) }
    state = machine.check()
    #expect(state == [])
    #expect(try machine.read(at: 0x40_0000, by: grandchild) == 7)
    machine.exit(grandchild)
    #expect(machine.swap.usedCount == 0)
    state = machine.check()
    #expect(state == [])
  }

  @Test(
    "swapoff brings all back, or nothing is lost if it does not fit", arguments: ["x86-64", "arm", "riscv64"])
  func switchedOff(_ name: String) throws {
    var machine = try Machine.small(name)
    let page = machine.pageByteCount
    #expect(machine.swapon("swap", byteCount: 128 * page) == 0)
    #expect(machine.swapon("swap", byteCount: 128 * page) == SystemError.busy.result)
    #expect(machine.swapon("tiny", byteCount: page) == SystemError.invalid.result)
    #expect(machine.swapoff("none") == SystemError.invalid.result)
    let task = try machine.spawn("init")
    let memory = machine.makeFile("memory", byteCount: 16 * page)
    machine.map(task, pages: 32)
    machine.map(task, at: 0x80_0000, pages: 16, flags: .shared, file: memory)
    for number in UInt64(0)..<32 {
      _ = try machine.write(number + 1, at: 0x40_0000 + number * page, by: task)
    }
    for number in UInt64(0)..<16 {
      _ = try machine.write(number + 50, at: 0x80_0000 + number * page, by: task)
    }
    #expect(machine.reclaim(48) == 48)
    #expect(memory.swapped.count == 16)
    let held = machine.frames.freeCount
    machine.leaveFrames(20)
    #expect(machine.swapoff("swap") == SystemError.noMemory.result)
    var state = machine.check()
    #expect(state == [])
    #expect(machine.swap.usedCount > 0)
    // Room again.
    for place in machine.frames.descriptors.indices.reversed()
    where machine.frames.freeCount < held && machine.frames.descriptors[place].kind == .kernel {
      machine.frames.free(machine.frames.firstFrame + UInt64(place), order: 0)
    }
    #expect(machine.swapoff("swap") == 0)
    #expect(machine.swap.devices.isEmpty)
    #expect(task.space?.usage.swappedPages == 0)
    state = machine.check()
    #expect(state == [])
    for number in UInt64(0)..<32 {
      #expect(try machine.read(at: 0x40_0000 + number * page, by: task) == number + 1)
    }
    for number in UInt64(0)..<16 {
      #expect(try machine.read(at: 0x80_0000 + number * page, by: task) == number + 50)
    }
  }

  @Test("a page that comes back is written in place if nobody else had it")
  func staysExclusive() throws {
    var machine = try Machine.small("x86-64")
    machine.swapon("swap", byteCount: 1 << 20)
    let task = try machine.spawn("init")
    machine.map(task, pages: 1)
    _ = try machine.write(1, at: 0x40_0000, by: task)
    #expect(machine.reclaim(1) == 1)
    let copies = machine.counters.copiedPages
    #expect(try machine.write(2, at: 0x40_0000, by: task))
    #expect(machine.counters.copiedPages == copies)
    #expect(task.majorFaultCount == 1)
    #expect(try machine.read(at: 0x40_0000, by: task) == 2)
  }
}
