import QEMUOracle
import Testing

@Suite("QEMU as an ARMv7 memory management unit", .needs(.arm))
struct ARMOracleTests {
  /// Short descriptors: section 2, AP[1:0] 11:10, AP[2] 15, XN 4, domain 8:5; small page 2, AP[1:0] 5:4,
  /// AP[2] 9, XN 0.
  @Test("short descriptors: every size and nothing, with every right")
  func short() throws {
    var image = RAMImage(sizeBytes: 64 << 20)
    image.write(0x8001 as UInt32, at: 0x4000)
    image.write(0x0030_0000 | 3 << 10 | 2 | 1 << 4 as UInt32, at: 0x4004)  // 1 MiB, all, no execution
    image.write(0x4010_0000 | 1 << 15 | 1 << 10 | 2 as UInt32, at: 0x4008)  // kernel reads
    image.write(0x4010_0000 | 3 << 10 | 1 << 5 | 2 as UInt32, at: 0x400c)  // domain 1: no access
    for index: UInt32 in 16..<32 {  // 16 MiB, bits 39:36 in 8:5 and 35:32 in 23:20
      image.write(0x4200_0000 | 5 << 20 | 6 << 5 | 1 << 18 | 1 << 10 | 2, at: UInt64(0x4000 + index * 4))
    }
    image.write(0x5000_0000 | 2 << 10 | 2 as UInt32, at: 0x4000 + 0xc00 * 4)  // user reads, at 0xc0000000
    image.write(0x9000 | 1 << 4 | 2 as UInt32, at: 0x8000)
    image.write(0xa000 | 2 << 4 | 3 as UInt32, at: 0x8004)  // user reads, no execution
    for index: UInt64 in 16..<32 { image.write(0x2_0000 | 3 << 4 | 1 as UInt32, at: 0x8000 + index * 4) }
    let oracle = try ARMOracle(
      image: image, paging: ARMPaging(descriptors: .short, ttbr0: 0x4000, dacr: 0x1))
    let answers = try oracle.translate([
      0x123, 0x1ff8, 0x2000, 0x1_5678, 0x10_1234, 0x20_1234, 0x30_0000, 0x1ab_cdef, 0x40_0000, 0xc000_1234,
    ])
    #expect(
      answers.map(\.physicalAddress) == [
        0x9123, 0xaff8, nil, 0x2_5678, 0x30_1234, 0x4010_1234, nil, 0x65_42ab_cdef, nil, 0x5000_1234,
      ])
    #expect(answers[0].access == OracleAccess(kernel: "rwx", user: ""))
    #expect(answers[1].access == OracleAccess(kernel: "rw", user: "r"))
    #expect(answers[2] == OracleAnswer(outcome: .unmapped, access: .none))
    #expect(answers[3].access == OracleAccess(kernel: "rwx", user: "rwx"))
    #expect(answers[4].access == OracleAccess(kernel: "rw", user: "rw"))
    #expect(answers[5].access == OracleAccess(kernel: "rx", user: ""))
    #expect(answers[6] == OracleAnswer(outcome: .denied, access: .none))
    #expect(answers[7].access == OracleAccess(kernel: "rwx", user: ""))
    #expect(answers[9].access == OracleAccess(kernel: "rwx", user: "rx"))
  }

  @Test("short descriptors split between two roots (TTBCR.N)", arguments: [1, 2, 7] as [UInt32])
  func split(boundary: UInt32) throws {
    var image = RAMImage(sizeBytes: 64 << 20)
    image.write(0x0030_0000 | 3 << 10 | 2 as UInt32, at: 0x4004)
    image.write(0x0040_0000 | 3 << 10 | 2 as UInt32, at: 0x8000 + 0xc00 * 4)
    let oracle = try ARMOracle(
      image: image,
      paging: ARMPaging(descriptors: .short, ttbr0: 0x4000, ttbr1: 0x8000, ttbcr: boundary))
    let answers = try oracle.translate([0x10_0123, 0xc000_0123, 0xc010_0000])
    #expect(answers.map(\.physicalAddress) == [0x30_0123, 0x40_0123, nil])
    #expect(answers[0].access == OracleAccess(kernel: "rwx", user: "rwx"))
    #expect(answers[1].access == OracleAccess(kernel: "rwx", user: "rwx"))
    #expect(answers[2].access == .none)
  }

  /// Long descriptors: as AArch64's, with XN in bit 54.
  @Test(
    "long descriptors: a page, blocks and nothing, by one root and by two (T0SZ, T1SZ)",
    arguments: [0, 1, 1 << 16, 1 << 16 | 1, 2 << 16 | 2, 7 << 16 | 3] as [UInt32])
  func long(sizes: UInt32) throws {
    var image = RAMImage(sizeBytes: 64 << 20)
    let tables: [(root: UInt64, size: UInt32)] = [(0x1000, sizes & 7), (0x5000, sizes >> 16)]
    for (root, _) in tables {
      for index: UInt64 in 0..<4 { image.write(root + 0x1000 | 3, at: root + index * 8) }
      for index: UInt64 in stride(from: 0, to: 512, by: 4) {
        image.write(root + 0x2000 | 3, at: root + 0x1000 + index * 8)
        image.write(root << 24 | 0x441 | 1 << 54, at: root + 0x1008 + index * 8)
      }
      image.write(root + 0x3000 | 0x483, at: root + 0x2000)
      image.write(root + 0x3000 | 0x4c3, at: root + 0x2008)
    }
    let oracle = try ARMOracle(
      image: image,
      paging: ARMPaging(
        descriptors: .long, ttbr0: sizes & 7 < 2 ? 0x1000 : 0x2000,
        ttbr1: sizes >> 16 < 2 ? 0x5000 : 0x6000, ttbcr: sizes))
    let isSingle = sizes == 0
    for (root, base) in [(0x1000, 0), (isSingle ? 0x1000 : 0x5000, 0xff80_0000)] as [(UInt64, UInt64)] {
      let answers = try oracle.translate([0x123, 0x1ff8, 0x2000, 0x23_4567].map { $0 + base })
      #expect(
        answers.map(\.physicalAddress)
          == [root + 0x3123, root + 0x3ff8, nil, root << 24 & 0xff_ffff_ffff | 0x3_4567])
      #expect(answers[0].access == OracleAccess(kernel: "rx", user: ""))
      #expect(answers[1].access == OracleAccess(kernel: "rx", user: "rx"))
      #expect(answers[2] == OracleAnswer(outcome: .unmapped, access: .none))
      #expect(answers[3].access == OracleAccess(kernel: "rw", user: "rw"))
    }
  }
}
