import Testing

@testable import LiveMemory

@Suite("ranges of RAM")
struct RangeTests {
  private let text = """
    00000000-00000fff : Reserved
    00001000-0009fbff : System RAM
    0009fc00-0009ffff : Reserved
    00100000-0ffdffff : System RAM
      02000000-02e00ea1 : Kernel code
      03000000-03839fff : Kernel rodata
      03a00000-03c7e8ff : Kernel data
      03eb4000-041fffff : Kernel bss
    fd000000-fdffffff : 0000:00:02.0
    """

  @Test("whole pages of RAM and the kernel's image are taken from /proc/iomem")
  func usual() throws {
    let system = try SystemRAM(text)
    #expect(system.ranges == [0x1000...0x9_efff, 0x10_0000...0xffd_ffff])
    #expect(system.image == 0x200_0000...0x41f_ffff)
  }

  @Test("zeros, which others than root are shown, are a matter of permission")
  func zeros() {
    let zeros = text.split(separator: "\n").map { line in
      let name = line.split(separator: ":")[1]
      return (line.hasPrefix(" ") ? "  " : "") + "00000000-00000000 :\(name)"
    }.joined(separator: "\n")
    #expect { try SystemRAM(zeros) } throws: { ($0 as? RungRefusal)?.reason == .permission }
  }

  @Test("a range of less than a page is none", arguments: ["1000-1ffe", "1001-2ffe", "0-ffe", "1-fff"])
  func small(_ range: String) throws {
    #expect(
      try SystemRAM("\(range) : System RAM\n100000-1fffff : System RAM").ranges == [0x10_0000...0x1f_ffff])
  }

  @Test("what one list has and the other lacks")
  func difference() {
    let whole: [ClosedRange<UInt64>] = [0...9, 20...29, 40...49]
    #expect(whole.subtracting([]) == whole)
    #expect(whole.subtracting(whole).isEmpty)
    #expect(whole.subtracting([0...100]).isEmpty)
    #expect(whole.subtracting([3...4, 6...6, 25...44]) == [0...2, 5...5, 7...9, 20...24, 45...49])
    #expect([UInt64.min...UInt64.max].subtracting([5...UInt64.max]) == [0...4])
  }

  @Test("a stretch is inside if one range has all of it")
  func holding() {
    let ranges: [ClosedRange<UInt64>] = [0x1000...0x1fff, 0x2000...0x2fff, 0x8000...UInt64.max]
    #expect(
      ranges.holds(0x1000, count: 0x1000) && ranges.holds(.max, count: 1) && ranges.holds(0x2fff, count: 1))
    #expect(
      !ranges.holds(0x1fff, count: 2) && !ranges.holds(0xfff, count: 1) && !ranges.holds(.max, count: 2))
    #expect(!ranges.holds(0x1000, count: 0) && !ranges.holds(0x1000, count: -1))
  }

  @Test("VMCOREINFO is the text of its note")
  func note() {
    func note(_ name: String, _ text: String) -> [UInt8] {
      func word(_ value: Int) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8 & 255), 0, 0] }
      let padded = Array(name.utf8) + [UInt8](repeating: 0, count: 12 - name.utf8.count)
      return word(name.utf8.count + 1) + word(text.utf8.count) + word(0) + padded + Array(text.utf8)
        + [UInt8](repeating: 0, count: 100)
    }
    #expect(VMCoreInfoNote.text(of: note("VMCOREINFO", "OSRELEASE=6.1\n")) == "OSRELEASE=6.1\n")
    #expect(VMCoreInfoNote.text(of: note("CORE", "OSRELEASE=6.1\n")) == nil)
    #expect(VMCoreInfoNote.text(of: []) == nil)
    #expect(VMCoreInfoNote.text(of: [UInt8](repeating: 255, count: 200)) == nil)
    #expect(VMCoreInfoNote.text(of: Array(note("VMCOREINFO", "OSRELEASE=6.1\n").prefix(30))) == "OSRELE")
  }
}
