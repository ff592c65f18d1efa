import KernelLab
import Testing

/// Where kernels said at boot that their parts are, and where tables of running ones have them.
@Suite("Layouts")
struct LayoutTests {
  struct Golden: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var base: Profile
    var ram: UInt64
    var rule: LayoutRule?
    var linear: Range<UInt64>
    var vmalloc: Range<UInt64>
    var pkmap: Range<UInt64> = 0..<0
    var modules: Range<UInt64>?
    var fixmapStart: UInt64?
    var entryArea: UInt64?
    var localTable: UInt64?
  }

  /// Kernels before 4.15, and how they round.
  private static func early(_ era: I386Layout.Era, hasPAE: Bool = false) -> LayoutRule {
    .i386(I386Layout(era: era, hasPAE: hasPAE, fixmapStart: 0xfff4_f000, entryAreaPageCount: 0))
  }

  /// The boot message of `mem_init`.
  static let bootMessages: [Golden] = [
    Golden(
      testDescription: "i386, 2 GiB, 887 MiB of them mapped", base: .i386, ram: 2 << 30, rule: early(.plain),
      linear: 0xc000_0000..<0xf77f_e000, vmalloc: 0xf7ff_e000..<0xff7f_e000, pkmap: 0xff80_0000..<0xffc0_0000,
      fixmapStart: 0xfff4_f000),
    Golden(
      testDescription: "i386, 894 MiB, older rounding", base: .i386, ram: 0x37e9_0000, rule: early(.rounded),
      linear: 0xc000_0000..<0xf7e9_0000, vmalloc: 0xf880_0000..<0xff7f_e000, pkmap: 0xff80_0000..<0xffc0_0000),
    Golden(
      testDescription: "i386, 479 MiB, older rounding", base: .i386, ram: 0x1dff_c000, rule: early(.rounded),
      linear: 0xc000_0000..<0xddff_c000, vmalloc: 0xde80_0000..<0xff7f_e000, pkmap: 0xff80_0000..<0xffc0_0000),
    Golden(
      testDescription: "i386, 503 MiB, older rounding", base: .i386, ram: 0x1f74_0000, rule: early(.rounded),
      linear: 0xc000_0000..<0xdf74_0000, vmalloc: 0xe000_0000..<0xff7f_e000, pkmap: 0xff80_0000..<0xffc0_0000),
    Golden(
      testDescription: "i386 with PAE, 510 MiB, older rounding", base: .i386PAE, ram: 0x1fe7_0000,
      rule: early(.rounded, hasPAE: true), linear: 0xc000_0000..<0xdfe7_0000,
      vmalloc: 0xe080_0000..<0xffbf_e000, pkmap: 0xffc0_0000..<0xffe0_0000),
    Golden(
      testDescription: "ARM, 512 MiB", base: .arm, ram: 512 << 20,
      rule: .arm(ARMLayout(vmallocEnd: 0xff00_0000, fixmap: 0xfff0_0000..<0xfffe_0000)),
      linear: 0xc000_0000..<0xe000_0000, vmalloc: 0xe080_0000..<0xff00_0000, pkmap: 0xbfe0_0000..<0xc000_0000,
      modules: 0xbf00_0000..<0xbfe0_0000, fixmapStart: 0xfff0_0000),
    Golden(
      testDescription: "ARM without high memory, 448 MiB", base: .arm, ram: 448 << 20,
      rule: .arm(ARMLayout(fixmap: 0xffc0_0000..<0xfff0_0000, hasHighMemory: false)),
      linear: 0xc000_0000..<0xdc00_0000, vmalloc: 0xdc80_0000..<0xff80_0000,
      modules: 0xbf00_0000..<0xc000_0000, fixmapStart: 0xffc0_0000),
    Golden(
      testDescription: "ARM, 2 GiB, 768 MiB of them mapped", base: .arm, ram: 2 << 30,
      rule: .arm(ARMLayout(fixmap: 0xfff0_0000..<0xfffe_0000)), linear: 0xc000_0000..<0xf000_0000,
      vmalloc: 0xf080_0000..<0xff80_0000, pkmap: 0xbfe0_0000..<0xc000_0000,
      modules: 0xbf00_0000..<0xbfe0_0000, fixmapStart: 0xfff0_0000),
  ]

  /// Read from the page tables of Debian's kernels in QEMU: 5.10 and 6.1.
  static let tables: [Golden] = [
    Golden(
      testDescription: "i386 5.10 and 6.1", base: .i386, ram: 1_258_291_200,
      linear: 0xc000_0000..<0xf6bf_e000, vmalloc: 0xf73f_e000..<0xfebf_e000, pkmap: 0xfec0_0000..<0xff00_0000,
      entryArea: 0xff40_0000, localTable: 0xff00_0000),
    Golden(
      testDescription: "i386 with PAE 6.1", base: .i386PAE, ram: 1_258_291_200,
      linear: 0xc000_0000..<0xf6ff_e000, vmalloc: 0xf77f_e000..<0xfeff_e000, pkmap: 0xff00_0000..<0xff20_0000,
      entryArea: 0xff40_0000, localTable: 0xff20_0000),
    Golden(
      testDescription: "ARM 6.1", base: .arm, ram: 256 << 20, linear: 0xc000_0000..<0xd000_0000,
      vmalloc: 0xd080_0000..<0xff80_0000, pkmap: 0xbfe0_0000..<0xc000_0000,
      modules: 0xbf00_0000..<0xbfe0_0000),
    Golden(
      testDescription: "ARM with LPAE 6.1", base: .armLPAE, ram: 256 << 20,
      linear: 0xc000_0000..<0xd000_0000, vmalloc: 0xd080_0000..<0xff80_0000,
      pkmap: 0xbfe0_0000..<0xc000_0000, modules: 0xbf00_0000..<0xbfe0_0000),
    Golden(
      testDescription: "RISC-V 6.12", base: .riscv64, ram: 256 << 20,
      linear: 0xffff_ffd6_0000_0000..<0xffff_ffd6_1000_0000,
      vmalloc: 0xffff_ffc6_0000_0000..<0xffff_ffd6_0000_0000, fixmapStart: 0xffff_ffc4_fea0_0000),
    Golden(
      testDescription: "AArch64 6.1", base: .arm64, ram: 256 << 20,
      linear: 0xffff_0000_0000_0000..<0xffff_0000_1000_0000,
      vmalloc: 0xffff_8000_0800_0000..<0xffff_fbff_f000_0000,
      modules: 0xffff_8000_0000_0000..<0xffff_8000_0800_0000),
  ]

  @Test("parts are where kernels have them", arguments: bootMessages + tables)
  func golden(_ golden: Golden) throws {
    var profile = golden.base
    profile.ramByteCount = golden.ram
    if let rule = golden.rule { profile.layoutRule = rule }
    let layout = try KernelLayout(profile)
    #expect(layout.linear == golden.linear)
    #expect(layout.vmalloc == golden.vmalloc)
    #expect(layout.pkmap == golden.pkmap)
    if let modules = golden.modules { #expect(layout.modules == modules) }
    if let start = golden.fixmapStart { #expect(layout.fixmap.lowerBound == start) }
    if let start = golden.entryArea { #expect(layout.cpuEntryArea.lowerBound == start) }
    if let start = golden.localTable { #expect(layout.localTable.lowerBound == start) }
    // And such a machine boots.
    #expect(try Machine.boot(profile).layout == layout)
  }

  static let requests: [String] =
    ["i386", "i386-pae", "i386-pae-pti", "arm", "arm-lpae"].flatMap { name in
      ["3G", "2G", "1G"].flatMap { split in
        ["256M", "1G", "3G"].map { "\(name),split=\(split),ram=\($0)" }
      }
    }

  @Test(
    "parts of 32-bit kernels neither overlap nor leave the space, whatever the split", arguments: requests)
  func apart(request: String) throws {
    let profile = try ProfileRequest(parsing: request).profile()
    let layout = try KernelLayout(profile)
    let parts = [
      layout.linear, layout.vmalloc, layout.pkmap, layout.localTable, layout.cpuEntryArea, layout.fixmap,
      layout.modules == layout.vmalloc ? 0..<0 : layout.modules, layout.vectors,
    ].filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
    for (one, next) in zip(parts, parts.dropFirst()) { #expect(one.upperBound <= next.lowerBound) }
    #expect(parts.first.map { $0.lowerBound >= profile.taskSize } == true)
    #expect(parts.last.map { $0.upperBound <= 0x1_0000_0000 } == true)
    #expect(layout.vmalloc.upperBound - layout.vmalloc.lowerBound >= 100 << 20)
    #expect(layout.temporaryMappings.clamped(to: layout.fixmap) == layout.temporaryMappings || !profile.isX86)
  }
}

extension Profile {
  var isX86: Bool { architecture == .x86 }
}
