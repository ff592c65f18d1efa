import PageTableEditing
import PageTables
import TestMemory
import Testing

@Suite("Sparse memory and frames")
struct MemoryTests {
  private let base: UInt64 = 0x1000_0000

  private func memory() throws -> SparseMemory {
    try SparseMemory(base: PhysicalAddress(base), byteCount: 1 << 20)
  }

  struct Request: Sendable, CustomTestStringConvertible {
    var address: UInt64
    var count: Int
    var fault: MemoryFault?
    var testDescription: String { "\(String(address, radix: 16)) + \(count)" }
  }

  @Test(
    "only RAM answers",
    arguments: [
      Request(address: 0x1000_0000, count: 1 << 20, fault: nil),
      Request(address: 0x100f_fff8, count: 8, fault: nil),
      Request(address: 0x100f_fff9, count: 8, fault: .outsideRAM),
      Request(address: 0x1010_0000, count: 1, fault: .outsideRAM),
      Request(address: 0x0fff_ffff, count: 1, fault: .outsideRAM),
      Request(address: 0x0fff_fffc, count: 8, fault: .outsideRAM),
      Request(address: 0, count: 8, fault: .outsideRAM),
      Request(address: .max, count: .max, fault: .outsideRAM),
      Request(address: 0x1000_0000, count: .max, fault: .outsideRAM),
      Request(address: 0x1000_0000, count: 0, fault: .unreadable),
      Request(address: 0x1000_0000, count: -8, fault: .unreadable),
      Request(address: 0x1000_0000, count: .min, fault: .unreadable),
    ])
  func faults(_ request: Request) throws {
    var memory = try memory()
    var fault: MemoryFault?
    var lent = 0
    do throws(MemoryFault) {
      lent = try memory.withBytes(at: PhysicalAddress(request.address), count: request.count) { bytes in
        bytes.byteCount
      }
    } catch { fault = error }
    #expect(fault == request.fault)
    #expect(lent == (request.fault == nil ? request.count : 0))
    fault = nil
    do throws(MemoryFault) {
      try memory.withMutableBytes(at: PhysicalAddress(request.address), count: request.count) { _ in }
    } catch { fault = error }
    #expect(fault == request.fault)
  }

  @Test("RAM is zero until it is written, and keeps what was written, in either byte order")
  func loadAndStore() throws {
    var memory = try memory()
    let address = PhysicalAddress(base + 0x1004)
    #expect(try memory.load(byteCount: 8, order: .little, at: address) == 0)
    try memory.store(entry: 0x1122_3344_5566_7788, byteCount: 8, order: .little, at: address)
    #expect(try memory.load(byteCount: 8, order: .little, at: address) == 0x1122_3344_5566_7788)
    #expect(try memory.load(byteCount: 8, order: .big, at: address) == 0x8877_6655_4433_2211)
    #expect(try memory.load(byteCount: 4, order: .little, at: address) == 0x5566_7788)
    try memory.store(entry: 0xaabb_ccdd, byteCount: 4, order: .big, at: address)
    #expect(try memory.load(byteCount: 8, order: .little, at: address) == 0x1122_3344_ddcc_bbaa)
    try memory.zero(at: address, count: 5)
    #expect(try memory.load(byteCount: 8, order: .little, at: address) == 0x1122_3300_0000_0000)
  }

  @Test("only sizes of entries are stored", arguments: [0, 1, 2, 3, 5, 16, -4])
  func entrySizes(_ byteCount: Int) throws {
    var memory = try memory()
    var fault: MemoryFault?
    do throws(MemoryFault) {
      try memory.store(entry: .max, byteCount: byteCount, order: .little, at: PhysicalAddress(base))
    } catch { fault = error }
    #expect(fault == .unreadable)
    #expect(try memory.load(byteCount: 8, order: .little, at: PhysicalAddress(base)) == 0)
  }

  @Test("the chunks are the pages that were written, in runs")
  func chunks() throws {
    var memory = try memory()
    #expect(memory.chunks().isEmpty)
    for page in [0, 1, 2, 8, 9, 100, 255] as [UInt64] {
      try memory.store(entry: page + 1, byteCount: 8, order: .little, at: PhysicalAddress(base + page << 12))
    }
    // Across a page boundary.
    try memory.zero(at: PhysicalAddress(base + (50 << 12) - 4), count: 8)
    let runs = memory.chunks().map { [$0.address.rawValue - base, UInt64($0.byteCount)].map { $0 >> 12 } }
    #expect(runs == [[0, 3], [8, 2], [49, 2], [100, 1], [255, 1]])
    let copy = try memory.copy()
    #expect(copy.chunks() == memory.chunks())
    for page in [0, 1, 2, 8, 9, 100, 255] as [UInt64] {
      let address = PhysicalAddress(base + page << 12)
      #expect(try copy.load(byteCount: 8, order: .little, at: address) == page + 1)
    }
  }

  @Test(
    "a RAM of no size, of part of a page, of too much or past the end of addresses is refused",
    arguments: [
      (0, 0), (0, 0x800), (0, 1 << 45), (0x800, 0x1000), (UInt64.max - 0xfff, 0x2000), (0, UInt64.max),
    ] as [(UInt64, UInt64)])
  func badSizes(_ base: UInt64, _ byteCount: UInt64) {
    var refusal: SparseMemory.SetupError?
    do throws(SparseMemory.SetupError) {
      _ = try SparseMemory(base: PhysicalAddress(base), byteCount: byteCount)
    } catch { refusal = error }
    #expect(refusal == .badSize(byteCount: byteCount))
  }

  @Test("a RAM may end at the last address, and may be larger than the host's")
  func extremes() throws {
    var last = try SparseMemory(base: PhysicalAddress(0 &- 0x1000), byteCount: 0x1000)
    try last.store(entry: 7, byteCount: 8, order: .little, at: PhysicalAddress(0 &- 8))
    #expect(try last.load(byteCount: 8, order: .little, at: PhysicalAddress(0 &- 8)) == 7)
    var huge = try SparseMemory(byteCount: 1 << 40)
    try huge.store(entry: 9, byteCount: 8, order: .little, at: PhysicalAddress((1 << 40) - 8))
    #expect(try huge.load(byteCount: 8, order: .little, at: PhysicalAddress((1 << 40) - 8)) == 9)
  }

  @Test("frames are aligned, inside their range, apart from each other, and finite")
  func frames() {
    func check(_ frames: inout some FrameSource, end: UInt64) -> Int {
      var random = SeededGenerator(seed: 1)
      var taken: [Range<UInt64>] = []
      for _ in 0..<400 {
        let sizeBits = UInt8.random(in: 5...15, using: &random)
        guard let frame = frames.allocate(sizeBits: sizeBits) else { continue }
        let range = frame.rawValue..<(frame.rawValue + 1 << UInt64(sizeBits))
        #expect(frame.rawValue & ((1 << UInt64(sizeBits)) - 1) == 0)
        #expect(range.lowerBound >= 0x3000 && range.upperBound <= end)
        #expect(!taken.contains { $0.overlaps(range) })
        taken.append(range)
        if taken.count % 3 == 0 {
          let back = taken.removeFirst()
          frames.free(PhysicalAddress(back.lowerBound), sizeBits: UInt8(back.count.trailingZeroBitCount))
        }
      }
      #expect(frames.allocate(sizeBits: 62) == nil)
      #expect(frames.allocate(sizeBits: 255) == nil)
      return taken.count
    }
    var sequential = SequentialFrames(from: PhysicalAddress(0x3000), byteCount: 1 << 20)
    #expect(check(&sequential, end: 0x3000 + 1 << 20) == sequential.allocatedCount)
    var scattered = ScatteredFrames(from: PhysicalAddress(0x3000), byteCount: 1 << 20, seed: 4)
    #expect(check(&scattered, end: 0x3000 + 1 << 20) == scattered.allocatedCount)
    var one = SequentialFrames(from: PhysicalAddress(0x3000), byteCount: 0x1000)
    #expect(one.allocate(sizeBits: 12) == PhysicalAddress(0x3000))
    #expect(one.allocate(sizeBits: 12) == nil)
  }
}
