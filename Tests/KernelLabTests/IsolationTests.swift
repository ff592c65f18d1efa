import PageTables
import Testing

@testable import KernelLab

/// The pair of roots that page-table isolation gives a process.
@Suite("Page-table isolation")
struct IsolationTests {
  static let names = ["x86-64-kpti", "i386-pae-pti"]

  private func machine(_ name: String) throws -> Machine {
    try Machine.boot(try #require(Profile.named(name)))
  }

  @Test("the user copy lies in the page behind, and maps the ways in and nothing else", arguments: names)
  func userCopy(name: String) throws {
    var machine = try machine(name)
    let space = try #require(try machine.spawn("init").space)
    let user = try #require(space.isolatedRoot)
    #expect(user.lower.rawValue == space.root.lower.rawValue + 4096)
    let walker = Walker(format: machine.profile.format, root: user)
    let area = machine.layout.cpuEntryArea
    let text =
      machine.layout.image.lowerBound..<machine.layout.image.lowerBound + machine.profile.image.textByteCount
    var pages = 0
    for range in walker.ranges(in: machine.memory) where range.isMapped {
      let isEntryArea = range.first.rawValue >= area.lowerBound && range.last.rawValue < area.upperBound
      let isText = range.first.rawValue >= text.lowerBound && range.last.rawValue < text.upperBound
      #expect(isEntryArea || isText, "\(String(range.first.rawValue, radix: 16))")
      pages += 1
    }
    #expect(pages > 0)
    #expect(walker.translate(VirtualAddress(machine.entryText), in: machine.memory).mapping != nil)
    #expect(walker.translate(VirtualAddress(area.lowerBound), in: machine.memory).mapping != nil)
    #expect(
      walker.translate(VirtualAddress(machine.layout.linear.lowerBound), in: machine.memory).mapping == nil)
  }

  @Test("a page of the process is in both, and the kernel's root does not execute it", arguments: names)
  func userPages(name: String) throws {
    var machine = try machine(name)
    let task = try machine.spawn("init")
    let space = try #require(task.space)
    space.areas.append(
      Area(start: 0x40_0000, end: 0x60_0000, flags: [.read, .write, .execute], pageOffset: 0x400))
    try machine.run(task)
    guard case .completed = machine.access(.read, at: 0x40_1234, isUser: false) else {
      Issue.record("the kernel cannot read")
      return
    }
    let address = VirtualAddress(0x40_1234)
    let kernel = Walker(format: machine.profile.format, root: space.root)
    let user = Walker(format: machine.profile.format, root: try #require(space.isolatedRoot))
    let one = try #require(kernel.translate(address, in: machine.memory).mapping)
    let other = try #require(user.translate(address, in: machine.memory).mapping)
    #expect(one.physical == other.physical)
    #expect(other.access.contains(.userExecute))
    // PAE's top entries have no such bit.
    #expect(one.access.contains(.userExecute) == (name == "i386-pae-pti"))
    // The tables below the top are the same.
    let translations = (
      kernel.translate(address, in: machine.memory), user.translate(address, in: machine.memory)
    )
    for depth in 1..<translations.0.steps.count {
      #expect(translations.0.steps[depth].table == translations.1.steps[depth].table)
    }
    #expect(machine.check() == [])
  }
}
