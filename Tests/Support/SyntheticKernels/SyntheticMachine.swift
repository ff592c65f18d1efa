public import PageTables

/// What a synthetic kernel runs on: words, page tables, and where Linux puts itself there.
public struct SyntheticMachine: Sendable, CustomStringConvertible {
  public var name: String
  public var format: PagingFormat
  /// 4 or 8.
  public var wordByteCount: Int
  /// How many bytes `pgprot_t` has.
  public var protectionByteCount: Int
  public var ramStart: UInt64
  /// Where the direct map begins, if it is not moved.
  public var directMapBase: UInt64
  /// By how much the direct map may be moved, in GiB.
  public var directMapSlide: UInt64
  /// Where the image is linked; nil where it lies in the direct map.
  public var imageBase: UInt64?
  /// The first address that is not a process's.
  public var userEnd: UInt64
  /// The largest page that the direct map uses: 2^`sectionSizeBits` bytes.
  public var sectionSizeBits: UInt8
  /// Where the array of `struct page` would be; 0 where it lies in the direct map.
  public var pageArrayBase: UInt64 = 0
  /// A page that is always mapped, near the top (`FIXADDR_TOP` minus something).
  public var fixmap: UInt64

  public var description: String { name }

  func directMapOffset(using generator: inout some RandomNumberGenerator) -> UInt64 {
    let slide = directMapSlide > 0 ? UInt64.random(in: 0..<directMapSlide, using: &generator) << 30 : 0
    return (directMapBase &+ slide &- ramStart) & wordMask
  }

  func imageOffset(
    directMapOffset: UInt64, start: UInt64, using generator: inout some RandomNumberGenerator
  ) -> UInt64 {
    guard let imageBase else { return directMapOffset }
    // KASLR moves the image in steps of 2 MiB.
    let slide = UInt64.random(in: 0..<200, using: &generator) << 21
    return imageBase &+ slide &- (start + SyntheticLinux.imageStart)
  }

  var wordMask: UInt64 { wordByteCount == 8 ? .max : 0xffff_ffff }

  // Linux, Documentation/x86/x86_64/mm.rst (5.x), arch/arm64/include/asm/memory.h (4.19),
  // arch/x86/include/asm/page_32.h, arch/arm/include/asm/memory.h.

  public static let amd64 = SyntheticMachine(
    name: "amd64", format: .x86_64, wordByteCount: 8, protectionByteCount: 8, ramStart: 0,
    directMapBase: 0xffff_8880_0000_0000, directMapSlide: 4096, imageBase: 0xffff_ffff_8100_0000,
    userEnd: 0x7fff_ffff_f000, sectionSizeBits: 21, pageArrayBase: 0xffff_ea00_0000_0000,
    fixmap: 0xffff_ffff_ff5f_d000)

  public static let arm64 = SyntheticMachine(
    name: "arm64", format: .aarch64, wordByteCount: 8, protectionByteCount: 8, ramStart: 0x4000_0000,
    directMapBase: 0xffff_8000_0000_0000, directMapSlide: 64, imageBase: 0xffff_0000_0800_0000,
    userEnd: 0xffff_ffff_f000, sectionSizeBits: 21, pageArrayBase: 0xffff_7e00_0000_0000,
    fixmap: 0xffff_7dff_fe7f_d000)

  public static let i386 = SyntheticMachine(
    name: "i386", format: .x86, wordByteCount: 4, protectionByteCount: 4, ramStart: 0,
    directMapBase: 0xc000_0000, directMapSlide: 0, imageBase: nil, userEnd: 0xc000_0000, sectionSizeBits: 22,
    fixmap: 0xffff_a000)

  public static let i386PAE = SyntheticMachine(
    name: "i386 PAE", format: .x86PAE, wordByteCount: 4, protectionByteCount: 8, ramStart: 0,
    directMapBase: 0xc000_0000, directMapSlide: 0, imageBase: nil, userEnd: 0xc000_0000, sectionSizeBits: 21,
    fixmap: 0xffff_a000)

  public static let arm = SyntheticMachine(
    name: "arm", format: .arm, wordByteCount: 4, protectionByteCount: 4, ramStart: 0x4000_0000,
    directMapBase: 0xc000_0000, directMapSlide: 0, imageBase: nil, userEnd: 0xbf00_0000, sectionSizeBits: 20,
    fixmap: 0xffef_f000)

  public static let all: [SyntheticMachine] = [.amd64, .arm64, .i386, .i386PAE, .arm]
}
