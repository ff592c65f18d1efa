import LinuxKernel
import PageTables
import TestMemory
import Testing

@Suite("What is read is noted")
struct RecordingMemoryTests {
  @Test("pages that were read are noted, with all that a request touches; what fails is not")
  func recording() throws {
    let memory = RecordingMemory(ByteMemory(base: 0, bytes: [UInt8](repeating: 7, count: 0x8000)))
    try memory.withBytes(at: PhysicalAddress(0x1ffc), count: 8) { _ in }
    try memory.withBytes(at: PhysicalAddress(0x5000), count: 1) { _ in }
    #expect(throws: MemoryFault.self) { try memory.withBytes(at: PhysicalAddress(0x7ffc), count: 8) { _ in } }
    #expect(throws: MemoryFault.self) { try memory.withBytes(at: PhysicalAddress(0x3000), count: 0) { _ in } }
    #expect(memory.pages.addresses.map(\.rawValue) == [0x1000, 0x2000, 0x5000])
  }

  @Test("a set of pages keeps each once, in order, up to the end of the address space")
  func pageSet() {
    var pages = PageSet()
    let isNew = [0xffff_ffff_ffff_f123, 0xffff_ffff_ffff_ffff].map { pages.insert(PhysicalAddress($0)) }
    #expect(isNew == [true, false])
    pages.insert(PhysicalAddress(0x3_f800), byteCount: 0x1801)
    pages.insert(PhysicalAddress(0xffff_ffff_ffff_e000), byteCount: .max)
    #expect(
      pages.addresses.map(\.rawValue) == [
        0x3_f000, 0x4_0000, 0x4_1000, 0xffff_ffff_ffff_e000, 0xffff_ffff_ffff_f000,
      ])
    #expect(pages.count == 5)
    pages.remove(PhysicalAddress(0x4_0fff))
    pages.remove(PhysicalAddress(0x7_0000))
    #expect(pages.count == 4 && !pages.contains(PhysicalAddress(0x4_0000)))
    var other = PageSet()
    other.insert(PhysicalAddress(0x3_f000), byteCount: 0x2000)
    pages.formUnion(other)
    #expect(pages.count == 5 && pages.contains(PhysicalAddress(0x4_0000)))
  }
}
