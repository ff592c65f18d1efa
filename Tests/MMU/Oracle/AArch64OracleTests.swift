import QEMUOracle
import Testing

/// AArch64's flags: valid 1, table or page 2, AP[1] (EL0) 0x40, AP[2] (read-only) 0x80, AF 0x400,
/// PXN bit 53, UXN bit 54.
@Suite("QEMU as an AArch64 memory management unit", .needs(.aarch64))
struct AArch64OracleTests {
  private static let pxn: UInt64 = 1 << 53
  private static let uxn: UInt64 = 1 << 54

  @Test("4 KiB granules, 48 bits: a page, blocks and nothing, in both halves, with every right")
  func granule4K() throws {
    var image = RAMImage(sizeBytes: 64 << 20)
    image.write(0x2003 as UInt64, at: 0x1000)
    image.write(0x3003 as UInt64, at: 0x2000)
    image.write(0xf_c000_0000 | 0x401 | Self.pxn as UInt64, at: 0x2008)  // 1 GiB, EL1 only, EL0 may execute
    image.write(1 << 59 | 0x3003 as UInt64, at: 0x2010)  // PXNTable
    image.write(0x4003 as UInt64, at: 0x3000)
    image.write(0x8020_0000 | 0x441 | Self.uxn | Self.pxn as UInt64, at: 0x3008)  // 2 MiB, all may write
    image.write(0x5483 | Self.uxn as UInt64, at: 0x4000)  // EL1 reads and executes
    image.write(0x64c3 | Self.pxn as UInt64, at: 0x4008)  // EL0 reads and executes
    image.write(0x7003 as UInt64, at: 0x4010)  // no access flag
    image.write(0x8443 as UInt64, at: 0x4018)  // EL0 may write: EL1 may not execute
    // 16 and 16 bits of size: 48-bit addresses; TG1 = 4 KiB; 48-bit output.
    let tcr: UInt64 = 16 | 16 << 16 | 2 << 30 | 5 << 32
    let oracle = try AArch64Oracle(
      image: image, paging: AArch64Paging(ttbr0: 0x1000, ttbr1: 0x1000, tcr: tcr))
    for half: UInt64 in [0, 0xffff_0000_0000_0000] {
      let answers = try oracle.translate(
        [0x123, 0x1ff8, 0x2000, 0x3000, 0x4000, 0x20_1234, 0x4123_4567, 0x8000_0123, 0x80_0000_0000]
          .map { $0 | half } + [half ^ 1 << 50])
      #expect(
        answers.map(\.physicalAddress) == [
          0x5123, 0x6ff8, nil, 0x8000, nil, 0x8020_1234, 0xf_c123_4567, 0x5123, nil, nil,
        ])
      #expect(answers[0].access == OracleAccess(kernel: "rx", user: ""))
      #expect(answers[1].access == OracleAccess(kernel: "r", user: "rx"))
      #expect(answers[2] == OracleAnswer(outcome: .denied, access: .none))
      #expect(answers[3].access == OracleAccess(kernel: "rw", user: "rwx"))
      #expect(answers[4] == OracleAnswer(outcome: .unmapped, access: .none))
      #expect(answers[5].access == OracleAccess(kernel: "rw", user: "rw"))
      #expect(answers[6].access == OracleAccess(kernel: "rw", user: "x"))
      #expect(answers[7].access == OracleAccess(kernel: "r", user: ""))
    }
  }

  @Test("64 KiB granules with 52-bit addresses, beside 16 KiB granules in the other half")
  func granule64K() throws {
    var image = RAMImage(sizeBytes: 64 << 20)
    // TTBR0: 64 KiB, 52 bits: levels 1, 2, 3 at 64 KiB each.
    image.write(0x2_0003 as UInt64, at: 0x1_0000)
    image.write(0x3_0003 as UInt64, at: 0x2_0000)
    image.write(0xc000_0000 | 0x441 as UInt64, at: 0x2_0008)  // 512 MiB
    image.write(0x1234_5671_0000 | 0xf << 12 | 0x443 as UInt64, at: 0x3_0000)  // bits 51:48 in 15:12
    // TTBR1: 16 KiB, 47 bits: levels 1, 2, 3.
    image.write(0x4_4003 as UInt64, at: 0x4_0000)
    image.write(0x4_8003 as UInt64, at: 0x4_4000)
    image.write(0x600_0000 | 0x401 as UInt64, at: 0x4_4008)  // 32 MiB
    image.write(0x8_4403 as UInt64, at: 0x4_8008)
    let tcr: UInt64 = 12 | 1 << 14 | 17 << 16 | 1 << 30 | 6 << 32
    let oracle = try AArch64Oracle(
      image: image, paging: AArch64Paging(ttbr0: 0x1_0000, ttbr1: 0x4_0000, tcr: tcr))
    let upper: UInt64 = 0xffff_8000_0000_0000
    let answers = try oracle.translate([
      0xabcd, 0x1_0000, 0x2345_6789, upper | 0x7abc, upper | 0x3abc, upper | 0x212_3456,
    ])
    #expect(
      answers.map(\.physicalAddress) == [
        0xf_1234_5671_abcd, nil, 0xc345_6789, 0x8_7abc, nil, 0x612_3456,
      ])
  }

  @Test("4 KiB granules with 52-bit addresses (LPA2) begin at level -1")
  func lpa2() throws {
    var image = RAMImage(sizeBytes: 64 << 20)
    for level: UInt64 in 1...4 { image.write((level + 1) << 12 | 3, at: level << 12) }
    image.write(2 << 8 | 0x6443 as UInt64, at: 0x5000)  // bits 51:50 in 9:8
    let tcr: UInt64 = 12 | 25 << 16 | 2 << 30 | 6 << 32 | 1 << 59
    let oracle = try AArch64Oracle(
      image: image, paging: AArch64Paging(ttbr0: 0x1000, ttbr1: 0, tcr: tcr))
    let answers = try oracle.translate([0x123, 0x1000, 1 << 51])
    #expect(answers.map(\.physicalAddress) == [0x8_0000_0000_6123, nil, nil])
    #expect(answers[0].access == OracleAccess(kernel: "rw", user: "rwx"))
  }
}
