import PageTables
import Testing

@testable import KernelLab

/// The log of a kernel module for ARM: PID 614, address 7e9e6c24.
@Suite("The transcript's machine")
struct TranscriptMachineTests {
  @Test("a device read gives the log, entry for entry")
  func log() throws {
    var machine = try Machine.transcript()
    let read = try machine.deviceRead(pid: 614, address: 2_124_311_588)
    #expect(read.address == 0x7e9e_6c24)
    #expect(read.table == 0xc805_8000)
    let entries = Dictionary(uniqueKeysWithValues: read.levels.map { ($0.name, $0.entryAddress) })
    #expect(entries["pgd"] == 0xc805_9fa0)
    #expect(entries["pud"] == 0xc805_9fa0)
    #expect(entries["pmd"] == 0xc805_9fa0)
    #expect(entries["pte"] == 0xc826_9798)
    #expect(read.page == 0x574a_1000)
    #expect(read.physical == 0x574a_1c24)
    #expect(read.value == 0x8055)
    // All RAM is in the linear map: kmap_atomic gives a linear address.
    #expect(read.mapping == .linear)
    #expect(read.mappedAt == 0xc74a_1000)
    #expect(read.stop == nil)
  }

  @Test("the machine is sound, and the hardware's entries are where the log's kernel had them")
  func sound() throws {
    let machine = try Machine.transcript()
    #expect(machine.check() == [])
    let space = try #require(machine.tasks[614]?.space)
    let walker = Walker(format: machine.profile.format, root: space.root)
    let walk = walker.translate(VirtualAddress(0x7e9e_6c24), in: machine.memory)
    #expect(walk.steps[0].entryAddress.rawValue == 0x5805_9fa4)
    #expect(walk.steps[1].entryAddress.rawValue == 0x5826_9f98)
    #expect(walk.mapping?.physical.rawValue == 0x574a_1c24)
    #expect(machine.kernel.root.lower.rawValue == 0x1000_4000)
    #expect(space.tableCounts == [0, 3])
  }
}
