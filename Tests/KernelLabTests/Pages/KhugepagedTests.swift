import Testing

@testable import KernelLab

@Suite("khugepaged")
struct KhugepagedTests {
  /// 2 MiB pages, and the 4 MiB pages of x86 with two levels.
  static let profiles = ["x86-64", "i386", "i386-pae", "arm-lpae", "arm64", "riscv64"]
  private static let place: UInt64 = 0x4000_0000

  /// An area of two huge pages that asked for them after its first page was written.
  private func prepare(_ machine: inout Machine) throws -> (task: Task, space: AddressSpace) {
    let task = try machine.spawn("init")
    machine.map(task, at: Self.place, pages: 2 * machine.hugePageCount)
    #expect(try machine.write(0x8055, at: Self.place + 0x3008, by: task))
    let size = 2 * machine.hugePageByteCount
    #expect(machine.madvise(task, at: Self.place, byteCount: size, advice: 14) == 0)
    return (task, try #require(task.space))
  }

  @Test("makes one huge page of what is there and of zeros, keeping every byte", arguments: profiles)
  func collapses(_ name: String) throws {
    var machine = try Machine.small(name)
    let (task, space) = try prepare(&machine)
    let tables = machine.pageTableByteCount(of: space)
    #expect(machine.runKhugepaged() == 1)
    #expect(machine.counters.hugeCollapses == 1)
    #expect(machine.isLarge(Self.place, in: space) == true)
    #expect(machine.isLarge(Self.place + machine.hugePageByteCount, in: space) == false)
    #expect(space.usage.anonymousPages == Int64(machine.hugePageCount))
    #expect(machine.pageTableByteCount(of: space) == tables)
    let faults = task.minorFaultCount
    #expect(try machine.read(at: Self.place + 0x3008, by: task) == 0x8055)
    #expect(try machine.read(at: Self.place + 0x4000, by: task) == 0)
    #expect(task.minorFaultCount == faults)
    #expect(machine.runKhugepaged() == 0)
    let state = machine.check()
    #expect(state == [])
  }

  @Test("leaves alone what nobody asked for, what is read-only, and what was not used")
  func leaves() throws {
    var machine = try Machine.small("x86-64")
    let (task, space) = try prepare(&machine)
    let size = 2 * machine.hugePageByteCount
    machine.madvise(task, at: Self.place, byteCount: size, advice: 15)
    #expect(machine.runKhugepaged() == 0)
    machine.madvise(task, at: Self.place, byteCount: size, advice: 14)
    machine.mprotect(task, at: Self.place, byteCount: size, rights: .read)
    #expect(machine.runKhugepaged() == 0)
    machine.mprotect(task, at: Self.place, byteCount: size, rights: [.read, .write])
    let found = machine.slot(for: Self.place + 0x3000, root: space.root, depth: machine.lastDepth)
    let slot = try #require(found)
    let entry = machine.entry(at: slot, depth: machine.lastDepth)
    machine.setEntry(machine.codec.old(entry), at: slot, depth: machine.lastDepth)
    #expect(machine.runKhugepaged() == 0)
    machine.setEntry(entry, at: slot, depth: machine.lastDepth)
    #expect(machine.runKhugepaged() == 1)
  }

  @Test("leaves what more than half of is shared after a fork")
  func shared() throws {
    var machine = try Machine.small("x86-64")
    let (task, _) = try prepare(&machine)
    for page in 0..<UInt64(300) {
      #expect(try machine.write(page, at: Self.place + page << 12, by: task))
    }
    let child = try machine.fork(task)
    // One is the parent's own again.
    #expect(try machine.write(1, at: Self.place, by: task))
    #expect(machine.runKhugepaged() == 0)
    machine.exit(child)
    #expect(machine.runKhugepaged() == 1)
  }
}
