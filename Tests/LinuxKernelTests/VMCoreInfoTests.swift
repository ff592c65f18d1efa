import LinuxKernel
import PageTables
import TestMemory
import Testing

@Suite("VMCOREINFO")
struct VMCoreInfoTests {
  static let text = """
    OSRELEASE=6.1.0-50-amd64
    BUILD-ID=00ff
    PAGESIZE=4096
    SYMBOL(_stext)=ffffffff8c200000
    OFFSET(list_head.next)=0
    SIZE(page)=64
    LENGTH(zone.free_area)=11
    NUMBER(phys_base)=-16777216
    NUMBER(VA_BITS)=48
    NUMBER(kimage_voffset)=0xffffa08d4f010000
    CONFIG_X86_PAE=y
    KERNELOFFSET=b200000

    """

  @Test("each kind of line is read in its own base")
  func values() {
    let info = VMCoreInfo(text: Self.text)
    #expect(info.release == "6.1.0-50-amd64")
    #expect(info.pageSizeBytes == 4096)
    #expect(info.symbol("_stext") == 0xffff_ffff_8c20_0000)
    #expect(info.symbol("_etext") == nil)
    #expect(info.offset("list_head.next") == 0)
    #expect(info.size("page") == 64)
    #expect(info.length("zone.free_area") == 11)
    #expect(info.number("phys_base") == -16_777_216)
    #expect(info.number("VA_BITS") == 48)
    #expect(info.number("kimage_voffset").map { UInt64(bitPattern: $0) } == 0xffff_a08d_4f01_0000)
    #expect(info.hasConfig("X86_PAE"))
    #expect(!info.hasConfig("ARM_LPAE"))
    #expect(info.kernelOffset == 0xb20_0000)
    #expect(info.lines.count == 12)
  }

  @Test("the image's offset is x86-64's phys_base, arm64's or RISC-V's distance, or unknown")
  func imageOffset() {
    #expect(VMCoreInfo(text: Self.text).imageOffset == 0xffff_ffff_8100_0000)
    #expect(VMCoreInfo(text: "NUMBER(kimage_voffset)=0x10").imageOffset == 0x10)
    #expect(VMCoreInfo(text: "NUMBER(va_kernel_pa_offset)=0x20").imageOffset == 0x20)
    #expect(VMCoreInfo(text: "OSRELEASE=6.1").imageOffset == nil)
  }

  @Test("numbers that are none are absent", arguments: ["", "x", "0x", "99999999999999999999", "1 "])
  func malformed(_ value: String) {
    let info = VMCoreInfo(
      text: "SYMBOL(a)=\(value)g\nNUMBER(a)=\(value)\nPAGESIZE=\(value)\nOFFSET(a)=\(value)\n=\n")
    #expect(info.symbol("a") == nil)
    #expect(info.number("a") == nil)
    #expect(info.pageSizeBytes == nil)
    #expect(info.offset("a") == nil)
  }

  /// Pages of memory from 0x1000 on, each with a text at its beginning.
  private func find(_ texts: [String]) -> [(address: PhysicalAddress, info: VMCoreInfo)] {
    var bytes: [UInt8] = []
    for text in texts {
      bytes += Array(text.utf8)
      while bytes.count % 4096 != 0 { bytes.append(0) }
    }
    let memory = KernelMemory(
      ByteMemory(base: 0x1000, bytes: bytes),
      ranges: [RAMRange(first: PhysicalAddress(0x1000), last: PhysicalAddress(0xfff + UInt64(bytes.count)))])
    return VMCoreInfo.find(
      in: memory, pages: (0...texts.count).map { PhysicalAddress(0x1000 * UInt64($0 + 1)) })
  }

  @Test("the text is told from the kernel's format string and from fragments")
  func search() {
    let found = find(["OSRELEASE=%s\nPAGESIZE=4096\n", "OSRELEASE=6.1\n", Self.text])
    #expect(found.map(\.address.rawValue) == [0x3000])
    #expect(found.first?.info.lines == VMCoreInfo(text: Self.text).lines)
  }

  @Test("a text that fills its page ends with it")
  func fullPage() {
    let lines = Self.text + String(repeating: "#", count: 4096 - Self.text.utf8.count)
    #expect(find([lines]).first?.info.kernelOffset == 0xb20_0000)
  }
}
