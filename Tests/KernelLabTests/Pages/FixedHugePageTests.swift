import PageTables
import Testing

@testable import KernelLab

@Suite("Huge pages of the fixed pool")
struct FixedHugePageTests {
  static let profiles = ["x86-64", "i386", "i386-pae", "arm-lpae", "arm64", "riscv64"]

  @Test("are promised at mmap, taken at the first access, and given back", arguments: profiles)
  func life(_ name: String) throws {
    var machine = try Machine.small(name)
    let size = machine.hugePageByteCount
    #expect(machine.resizeHugePagePool(to: 4) == 4)
    let task = try machine.spawn("init")
    let space = try #require(task.space)
    #expect(machine.mapFixed(task, at: 0x4000_0000, count: 3) == 0x4000_0000)
    #expect(machine.hugePages.reservedCount == 3)
    #expect(machine.mapFixed(task, at: 0x5000_0000, count: 2) == SystemError.noMemory.result)
    #expect(try machine.write(5, at: 0x4000_0000 + size + 8, by: task))
    #expect(task.minorFaultCount == 1)
    #expect(machine.hugePages.reservedCount == 2)
    #expect(machine.hugePages.freeCount == 3)
    #expect(space.usage.anonymousPages == 0)
    #expect(space.usage.fixedHugePages == Int64(size >> machine.pageSizeBits))
    #expect(space.tableCounts[machine.lastDepth] == 0)
    var state = machine.check()
    #expect(state == [])
    #expect(
      machine.munmap(task, at: 0x4000_0000 + machine.pageByteCount, byteCount: size)
        == SystemError.invalid.result)
    #expect(
      machine.mprotect(task, at: 0x4000_0000, byteCount: machine.pageByteCount, rights: .read)
        == SystemError.invalid.result)
    #expect(machine.munmap(task, at: 0x4000_0000, byteCount: 3 * size) == 0)
    #expect(machine.hugePages.freeCount == 4)
    #expect(machine.hugePages.reservedCount == 0)
    #expect(machine.resizeHugePagePool(to: 0) == 0)
    state = machine.check()
    #expect(state == [])
  }

  @Test("that nobody promised end in SIGBUS when there are none", arguments: profiles)
  func exhausted(_ name: String) throws {
    var machine = try Machine.small(name)
    let size = machine.hugePageByteCount
    machine.resizeHugePagePool(to: 2)
    let task = try machine.spawn("init")
    #expect(machine.mapFixed(task, at: 0x4000_0000, count: 3, [.private, .noReserve]) == 0x4000_0000)
    #expect(try machine.write(1, at: 0x4000_0000, by: task))
    #expect(try machine.write(2, at: 0x4000_0000 + size, by: task))
    #expect(
      machine.access(.write, at: 0x4000_0000 + 2 * size)
        == .signal(Signal(number: .bus, code: .forbidden, address: 0x4000_0000 + 2 * size)))
    // A child sees its parent's, and has no page for a copy.
    let child = try machine.fork(task)
    #expect(try machine.read(at: 0x4000_0000, by: child) == 1)
    #expect(try !machine.write(9, at: 0x4000_0000, by: child))
    var state = machine.check()
    #expect(state == [])
    machine.munmap(task, at: 0x4000_0000 + size, byteCount: size)
    machine.munmap(child, at: 0x4000_0000 + size, byteCount: size)
    #expect(try machine.write(9, at: 0x4000_0000, by: child))
    #expect(try machine.read(at: 0x4000_0000, by: task) == 1)
    state = machine.check()
    #expect(state == [])
    machine.exit(child)
    machine.exit(task)
    #expect(machine.hugePages.freeCount == 2)
    state = machine.check()
    #expect(state == [])
  }

  @Test("are one for all who share them")
  func shared() throws {
    var machine = try Machine.small("x86-64")
    machine.resizeHugePagePool(to: 2)
    let parent = try machine.spawn("parent")
    #expect(machine.mapFixed(parent, at: 0x4000_0000, count: 2, .shared) == 0x4000_0000)
    let child = try machine.fork(parent)
    #expect(try machine.write(4, at: 0x4000_0000, by: child))
    #expect(try machine.read(at: 0x4000_0000, by: parent) == 4)
    #expect(machine.hugePages.freeCount == 1)
    machine.exit(child)
    #expect(try machine.read(at: 0x4000_0000, by: parent) == 4)
    #expect(machine.hugePages.reservedCount == 1)
    machine.exit(parent)
    #expect(machine.hugePages.freeCount == 2)
    #expect(machine.hugePages.reservedCount == 0)
    let state = machine.check()
    #expect(state == [])
  }
}
