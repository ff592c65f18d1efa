import QEMUOracle
import Testing

/// x86's flags: P 1, W 2, U 4, A 0x20, D 0x40, PS 0x80, NX bit 63.
@Suite("QEMU as an x86 memory management unit", .needs(.x86))
struct X86OracleTests {
  @Test(
    "long mode translates a page, a large page and nothing, with every right",
    arguments: [X86Paging.Mode.fourLevel, .fiveLevel])
  func longMode(mode: X86Paging.Mode) throws {
    var image = RAMImage(sizeBytes: 64 << 20)
    image.write(0x2007 as UInt64, at: 0x1000)
    image.write(0x3007 as UInt64, at: 0x2000)
    let top: UInt64 = mode == .fiveLevel ? 0x9000 : 0x1000
    if mode == .fiveLevel { image.write(0x1007 as UInt64, at: 0x9000) }
    image.write(0x9_8000_0000_0000 | 0x4000_0087 as UInt64, at: 0x2008)  // 1 GiB, user, writable
    image.write(0x4007 as UInt64, at: 0x3000)
    image.write(1 << 63 | 0x1_0020_0083 as UInt64, at: 0x3008)  // 2 MiB, kernel, writable, not executable
    image.write(0x5001 as UInt64, at: 0x4000)  // kernel, read-only
    image.write(1 << 63 | 0x6005 as UInt64, at: 0x4008)  // user, read-only, not executable
    image.write(0x1_0000_2081 as UInt64, at: 0x3010)  // 2 MiB with reserved bit 13
    let oracle = try X86Oracle(image: image, paging: X86Paging(mode: mode, root: top))
    let answers = try oracle.translate([
      0x123, 0x1ff8, 0x2000, 0x20_1234, 0x4000_0000 + 0x123_4567, 0x40_0000, 1 << 62, 0x80_0000_0000,
      mode == .fiveLevel ? 1 << 48 : 0xffff_ffff_ffff_f000,
    ])
    #expect(
      answers.map(\.physicalAddress) == [
        0x5123, 0x6ff8, nil, 0x1_0020_1234, 0x9_8000_4000_0000 + 0x123_4567, nil, nil, nil, nil,
      ])
    #expect(answers[0].access == OracleAccess(kernel: "rx", user: ""))
    #expect(answers[1].access == OracleAccess(kernel: "r", user: "r"))
    #expect(answers[2] == OracleAnswer(outcome: .unmapped, access: .none))
    #expect(answers[3].access == OracleAccess(kernel: "rw", user: ""))
    #expect(answers[4].access == OracleAccess(kernel: "rwx", user: "rwx"))
    #expect(answers[5].outcome == .malformed)
    #expect(answers[6].outcome == .unmapped)
  }

  @Test("a root above 4 GiB, and addresses where the probe's window is")
  func highRoot() throws {
    var image = RAMImage(sizeBytes: 6 << 30, scratchAddress: 0x200_0000)
    let root: UInt64 = 5 << 30
    for slot: UInt64 in 0..<256 { image.write(0x8000 + slot << 12 | 7, at: root + slot * 8) }
    for slot: UInt64 in 0..<256 {
      image.write(slot << 30 | 0x87, at: 0x8000 + slot << 12)
    }
    let oracle = try X86Oracle(image: image, paging: X86Paging(mode: .fourLevel, root: root))
    let addresses = (0 as UInt64..<256).map { $0 << 39 | 0x12_3456 }
    let answers = try oracle.translate(addresses)
    #expect(answers.map(\.physicalAddress) == (0 as UInt64..<256).map { $0 << 30 | 0x12_3456 })
  }

  @Test("PAE translates a page, a large page and nothing, with every right")
  func pae() throws {
    var image = RAMImage(sizeBytes: 64 << 20)
    image.write(0x2001 as UInt64, at: 0x1020)
    image.write(0x3007 as UInt64, at: 0x2000)
    image.write(1 << 63 | 0xf_0000_0020_0087 as UInt64, at: 0x2008)  // 2 MiB, user, writable, no fetch
    image.write(0x5003 as UInt64, at: 0x3000)
    image.write(0x6005 as UInt64, at: 0x3008)
    image.write(1 << 52 | 0x6005 as UInt64, at: 0x3010)  // a reserved bit
    let oracle = try X86Oracle(image: image, paging: X86Paging(mode: .pae, root: 0x1020))
    let answers = try oracle.translate([0x123, 0x1ff8, 0x2000, 0x3000, 0x20_1234, 0x4000_0000, 0xffff_f000])
    #expect(
      answers.map(\.physicalAddress) == [0x5123, 0x6ff8, nil, nil, 0xf_0000_0020_1234, nil, nil])
    #expect(answers[0].access == OracleAccess(kernel: "rwx", user: ""))
    #expect(answers[1].access == OracleAccess(kernel: "rx", user: "rx"))
    #expect(answers[2].outcome == .malformed)
    #expect(answers[3].outcome == .unmapped)
    #expect(answers[4].access == OracleAccess(kernel: "rw", user: "rw"))
  }

  @Test("two levels translate a page, a 4 MiB page beyond 4 GiB and nothing")
  func twoLevel() throws {
    var image = RAMImage(sizeBytes: 64 << 20)
    image.write(0x2007 as UInt32, at: 0x1000)
    image.write(0x0040_0000 | 0x12 << 13 | 0x83 as UInt32, at: 0x1004)  // PSE-36: bits 39:32 are 0x12
    image.write(0x0080_0000 | 1 << 21 | 0x83 as UInt32, at: 0x1008)  // a reserved bit
    image.write(0x5005 as UInt32, at: 0x2000)
    image.write(0x6003 as UInt32, at: 0x2004)
    let oracle = try X86Oracle(image: image, paging: X86Paging(mode: .twoLevel, root: 0x1000))
    let answers = try oracle.translate([0x123, 0x1ff8, 0x2000, 0x40_1234, 0x80_0000, 0xffff_f000])
    #expect(answers.map(\.physicalAddress) == [0x5123, 0x6ff8, nil, 0x12_0040_1234, nil, nil])
    #expect(answers[0].access == OracleAccess(kernel: "rx", user: "rx"))
    #expect(answers[1].access == OracleAccess(kernel: "rwx", user: ""))
    #expect(answers[2].outcome == .unmapped)
    #expect(answers[3].access == OracleAccess(kernel: "rwx", user: ""))
    #expect(answers[4].outcome == .malformed)
  }
}
