import PageTableEditing
import PageTables
import TestMemory
import Testing

@testable import LinuxKernel

@Suite("Roots are told by what is below them")
struct RootTests {
  @Test("a process, the master and an address space without pages are told apart", arguments: RootLayout.all)
  func kinds(_ layout: RootLayout) throws {
    var machine = try RootMachine.make(layout)
    let processes = try processes(of: &machine, count: 4)
    let unused = try machine.addProcess(pageCount: 0)
    let idMap = try machine.addProcess(pageCount: 5, access: [.kernelRead, .kernelWrite, .kernelExecute])
    let master = machine.master.root.lower
    let memory = machine.kernelMemory()
    let validator = try #require(RootValidator(layout.format, in: memory))
    let offset = layout.directMap &- layout.ramBase
    for process in processes {
      #expect(validator.judge(process)?.kind == .process)
      #expect(validator.judge(process, directMapOffset: offset)?.kind == .process)
      #expect(validator.judge(process, directMapOffset: offset &+ 0x100_0000) == nil)
    }
    #expect(validator.judge(unused)?.kind == (layout.image == nil ? .master : .unused))
    #expect(validator.judge(idMap)?.kind == .identityMap)
    #expect(validator.judge(master)?.kind == .master)

    let result = RootScan(memory).run()
    let best = try #require(result.best)
    #expect(best.format.name.description == layout.format.name.description)
    #expect(best.processes.map(\.root) == processes)
    #expect(best.master == master)
    #expect(best.directMap?.value == offset)
    #expect(best.groups[0].roots(.identityMap).map(\.root) == [idMap])
    // An unused root is never a second master: the one next to the text is it.
    #expect(best.groups[0].roots(.unused).map(\.root) == [unused])
    #expect(result.gaps.isEmpty)
  }

  private func processes(of machine: inout RootMachine, count: UInt64) throws -> [PhysicalAddress] {
    var roots: [PhysicalAddress] = []
    for number in 1...count { roots.append(try machine.addProcess(pageCount: number * 3)) }
    return roots
  }

  @Test("the tables below a root, its neighbours and the data are no roots", arguments: RootLayout.all)
  func strictness(_ layout: RootLayout) throws {
    var machine = try RootMachine.make(layout)
    var known: Set<PhysicalAddress> = [machine.master.root.lower]
    known.insert(try machine.addProcess(pageCount: 40))
    let memory = machine.kernelMemory()
    let validator = try #require(RootValidator(layout.format, in: memory))
    for page in 0..<RootMachine.ramByteCount >> 12 {
      let address = PhysicalAddress(layout.ramBase + (page << 12))
      #expect(known.contains(address) || validator.judge(address) == nil)
    }
    for odd: UInt64 in [0, 1, 0xfff, .max, .max - 4095, layout.ramBase &- 4096, 1 << 52] {
      #expect(validator.judge(PhysicalAddress(odd)) == nil)
    }
  }

  @Test("a root that names itself or names a table twice is none", arguments: RootLayout.all)
  func forgery(_ layout: RootLayout) throws {
    var machine = try RootMachine.make(layout)
    let process = try machine.addProcess(pageCount: 4)
    let other = try machine.addProcess(pageCount: 4)
    let level = layout.format.level(0)
    let byteCount = Int(level.entryByteCount)
    let rule = try #require(level.rules.elements.first { $0.kind == .table })
    // An entry of the user half that is free.
    let place = UInt64(40 * byteCount)
    try machine.memory.store(
      entry: rule.match | rule.address.entryBits(of: process), byteCount: byteCount, order: .little,
      at: process.advanced(byBytes: place))
    let index = layout.userAddress >> UInt64(level.shift)
    let entry = try machine.memory.withBytes(
      at: other.advanced(byBytes: index * UInt64(byteCount)), count: byteCount
    ) { $0.entry(atByteOffset: 0, byteCount: byteCount, order: .little) ?? 0 }
    try machine.memory.store(
      entry: entry, byteCount: byteCount, order: .little, at: other.advanced(byBytes: place))
    let memory = machine.kernelMemory()
    let validator = try #require(RootValidator(layout.format, in: memory))
    #expect(validator.judge(process) == nil)
    #expect(validator.judge(other) == nil)
    #expect(RootScan(memory).run().formats.allSatisfy { $0.processes.isEmpty })
  }

  @Test(
    "memory that is all tables is judged up to a limit, and the limit is told of",
    arguments: [1, 3, 0x67, 0x3e1] as [UInt64])
  func adversary(_ bits: UInt64) {
    // Every word is an entry that names a page of this memory.
    let memory = KernelMemory(
      TableLikeMemory(bits: bits),
      ranges: [RAMRange(first: PhysicalAddress(0), last: PhysicalAddress((8 << 20) - 1))])
    var scan = RootScan(memory)
    scan.tableLimit = 4096
    let result = scan.run()
    // Words with the low bits of pages are no tables to any format; with those of tables there are too many.
    #expect(result.gaps.isEmpty == (bits == 0x3e1))
    #expect(result.best == nil)
    for format in PagingFormat.catalogue {
      guard let validator = RootValidator(format, in: memory) else { continue }
      for page in 0..<UInt64(64) { _ = validator.judge(PhysicalAddress(page << 14)) }
    }
  }

  @Test("noise has no roots", arguments: [0, 1, 2, 3] as [UInt64])
  func noise(_ setBits: UInt64) {
    let memory = KernelMemory(
      GarbageMemory(seed: 7, setBits: setBits, keptBits: setBits == 0 ? .max : 0x3f_ffff_ffff),
      ranges: [RAMRange(first: PhysicalAddress(0), last: PhysicalAddress((4 << 20) - 1))])
    let result = RootScan(memory).run()
    #expect(result.formats.allSatisfy { $0.processes.isEmpty })
  }

  @Test("no RAM and RAM that cannot be read are said, not trapped on")
  func nothing() {
    let bytes = ByteMemory(base: 0, bytes: [])
    #expect(RootScan(KernelMemory(bytes, ranges: [])).run().gaps.count == 1)
    let top = RAMRange(first: PhysicalAddress(.max - 0x1_2345), last: PhysicalAddress(.max))
    let result = RootScan(KernelMemory(bytes, ranges: [top])).run()
    #expect(result.formats.isEmpty)
    #expect(result.gaps.count == 1)
  }

  @Test("scans of parts, merged, find what one scan finds")
  func merging() throws {
    var machine = try RootMachine.make(RootLayout.all[0])
    for count in 1...5 as ClosedRange<UInt64> { _ = try machine.addProcess(pageCount: count) }
    let memory = machine.kernelMemory()
    let ram: ClosedRange<UInt64> = 0...RootMachine.ramByteCount - 1
    var whole = RootCandidateScan(ram: ram)
    var parts = [RootCandidateScan(ram: ram), RootCandidateScan(ram: ram)]
    for chunk in 0..<UInt64(64) {
      let address = PhysicalAddress(chunk << 20)
      try memory.memory.withBytes(at: address, count: 1 << 20) {
        whole.look(at: $0, address: address)
        parts[Int(chunk & 1)].look(at: $0, address: address)
      }
    }
    parts[0].merge(parts[1])
    parts[0].sort()
    #expect(parts[0].finds == whole.finds)
    #expect(whole.finds.joined().count >= 6)
  }
}

/// Every word is an entry with the given low bits that names a page below 8 MiB.
struct TableLikeMemory: PhysicalMemory {
  var bits: UInt64

  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0, count <= 1 << 20 else { throw .unreadable }
    var words: [UInt64] = []
    for index in 0..<UInt64((count + 15) / 8) {
      let place = (address.rawValue >> 3) &+ index
      // Half of the entries are empty: a full table is no root.
      let hash = (place &* 0x9e37_79b9_7f4a_7c15) >> 20
      words.append(hash & 3 == 0 ? 0 : (hash << 12) & 0x7f_f000 | bits)
    }
    let skip = Int(address.rawValue & 7)
    return body(words.span.bytes.extracting(skip..<skip + count))
  }
}
