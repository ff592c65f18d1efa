import QEMUOracle
import Testing

/// RISC-V's flags: V R W X U G A D.
@Suite("QEMU as a RISC-V memory management unit", .needs(.riscv64))
struct RISCVOracleTests {
  @Test("Sv39 translates a page, a large page and nothing, with every right")
  func sv39() throws {
    var image = RAMImage(sizeBytes: 64 << 20)
    image.write(0x2000 >> 2 | 1 as UInt64, at: 0x1000)  // root[0] -> table
    image.write(0x3000 >> 2 | 1 as UInt64, at: 0x2000)  // [0] -> table
    image.write(0x4000_0000 >> 2 | 0x17 as UInt64, at: 0x2008)  // [1]: 2 MiB, V R W U
    image.write(0x5000 >> 2 | 0x0f as UInt64, at: 0x3000)  // V R W X
    image.write(0x6000 >> 2 | 0x03 as UInt64, at: 0x3008)  // V R
    image.write(0x7000 >> 2 | 0x19 as UInt64, at: 0x3010)  // V X U
    image.write(0x8000 >> 2 | 0x05 as UInt64, at: 0x3018)  // V W: reserved
    image.write(1 << 63 | 0x1_8000 >> 2 | 0x03 as UInt64, at: 0x3080)  // 64 KiB NAPOT, but one entry only
    let oracle = try RISCVOracle(image: image, paging: RISCVPaging(mode: .sv39, root: 0x1000))
    let answers = try oracle.translate([
      0x123, 0x1ff8, 0x2000, 0x3000, 0x4000, 0x20_1234, 0x1_0abc, 0x1_1000, 0xffff_ffff_0000_0000, 1 << 40,
    ])
    #expect(
      answers.map(\.physicalAddress) == [
        0x5123, 0x6ff8, 0x7000, nil, nil, 0x4000_1234, 0x1_0abc, nil, nil, nil,
      ])
    #expect(answers[0].access == OracleAccess(kernel: "rwx", user: ""))
    #expect(answers[1].access == OracleAccess(kernel: "r", user: ""))
    #expect(answers[2].access == OracleAccess(kernel: "", user: "x"))
    #expect(answers[3].access == .none)
    #expect(answers[5].access == OracleAccess(kernel: "rw", user: "rw"))
    #expect(answers[9].access == .none)
  }

  @Test("Sv32 translates a page, a large page beyond 4 GiB and nothing")
  func sv32() throws {
    var image = RAMImage(sizeBytes: 64 << 20)
    image.write(0x2000 >> 2 | 1 as UInt32, at: 0x1000)
    image.write(UInt32(0x3_0040_0000 >> 2 as UInt64) | 0x0b, at: 0x1004)  // 4 MiB, V R X
    image.write(0x5000 >> 2 | 0x17 as UInt32, at: 0x2000)  // V R W U
    let oracle = try RISCVOracle(image: image, paging: RISCVPaging(mode: .sv32, root: 0x1000))
    let answers = try oracle.translate([0x123, 0x1000, 0x40_0abc, 0xffff_f000])
    #expect(answers.map(\.physicalAddress) == [0x5123, nil, 0x3_0040_0abc, nil])
    #expect(answers[0].access == OracleAccess(kernel: "rw", user: "rw"))
    #expect(answers[1].access == .none)
    #expect(answers[2].access == OracleAccess(kernel: "rx", user: ""))
  }

  @Test("Sv48 and Sv57 translate a page below one root entry", arguments: [RISCVPaging.Mode.sv48, .sv57])
  func deep(mode: RISCVPaging.Mode) throws {
    var image = RAMImage(sizeBytes: 64 << 20)
    let levels: UInt64 = mode == .sv48 ? 4 : 5
    for level in 1..<levels {
      image.write((level + 1) << 10 | 1 as UInt64, at: level << 12 | 8)
    }
    image.write(0x9000 >> 2 | 0x03 as UInt64, at: levels << 12 | 8)
    let oracle = try RISCVOracle(image: image, paging: RISCVPaging(mode: mode, root: 0x1000))
    let address = (0..<levels).reduce(0 as UInt64) { $0 | 1 << (12 + 9 * $1) }
    let answers = try oracle.translate([address + 5, address + 0x1000])
    #expect(answers.map(\.physicalAddress) == [0x9005, nil])
    #expect(answers[0].access == OracleAccess(kernel: "r", user: ""))
  }
}
