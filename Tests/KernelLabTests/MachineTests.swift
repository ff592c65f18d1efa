import PageTables
import Testing

@testable import KernelLab

@Suite("The machine")
struct MachineTests {
  @Test("a process's first write brings a page that the walker finds where the processor did")
  func firstWrite() throws {
    var machine = try Machine.boot(.x86_64)
    let task = try machine.spawn("init")
    let space = try #require(task.space)
    space.areas.append(
      Area(start: 0x40_0000, end: 0x60_0000, flags: [.read, .write], pageOffset: 0x400))
    try machine.run(task)
    let outcome = machine.access(.write, at: 0x40_1234)
    guard case .completed(let physical) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    let walker = Walker(format: machine.profile.format, root: space.root)
    let mapping = walker.translate(VirtualAddress(0x40_1234), in: machine.memory).mapping
    #expect(mapping?.physical.rawValue == physical)
    #expect(machine.access(.read, at: 0x40_1234) == .completed(physical))
    #expect(space.tableCounts == [0, 1, 1, 1])
    #expect(
      machine.access(.read, at: 0x70_0000)
        == .signal(Signal(number: .segmentationFault, code: .notMapped, address: 0x70_0000)))
  }

  @Test("the linear map reaches all of RAM in the largest pages, but for the kernel's own")
  func linearMap() throws {
    var profile = Profile.x86_64
    profile.ramByteCount = 4 << 30
    let machine = try Machine.boot(profile)
    let walker = Walker(format: machine.profile.format, root: machine.kernel.root)
    let mapping = walker.translate(VirtualAddress(0xffff_8880_9234_5678), in: machine.memory).mapping
    #expect(mapping?.physical.rawValue == 0x9234_5678)
    #expect(mapping?.pageSizeBits == 30)
    // The first GiB has the image, whose text cannot be written here.
    let alias = walker.translate(VirtualAddress(0xffff_8880_0040_0000), in: machine.memory).mapping
    #expect(alias?.pageSizeBits == 21)
    #expect(alias?.access == [.kernelRead])
  }
}
