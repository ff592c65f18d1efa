import PageTableEditing
import PageTables
import Testing

@Suite("Refusals")
struct RefusalTests {
  /// What an edit was refused with, or nil if it was not.
  private func refusal(_ edit: () throws(EditError) -> Void) -> EditError? {
    do throws(EditError) {
      try edit()
      return nil
    } catch {
      return error
    }
  }

  @Test("an address between the halves is not canonical")
  func nonCanonical() throws {
    let bench = try Bench(FormatCase.named("x86-64").format)
    let address = 0x0000_8000_0000_0000 as UInt64
    let mapped = refusal { () throws(EditError) in
      try bench.map(address, to: 0, sizeBits: 12, access: .all)
    }
    #expect(mapped == EditError(.nonCanonical, address: VirtualAddress(address)))
    // A range may not cross the hole, and not pass the end.
    let crossing = refusal { () throws(EditError) in
      try bench.unmap(address - 0x1000, byteCount: 0x2000)
    }
    #expect(crossing == EditError(.nonCanonical, address: VirtualAddress(address)))
    let wrapping = refusal { () throws(EditError) in try bench.unmap(0 &- 0x1000, byteCount: 0x2000) }
    #expect(wrapping?.problem == .nonCanonical)
  }

  @Test("misaligned requests are refused", arguments: FormatCase.all)
  func misaligned(_ test: FormatCase) throws {
    let bench = try Bench(test.format)
    let access = try #require(test.accesses.first)
    let bits = test.pageSizeBits
    let address = refusal { () throws(EditError) in try bench.map(8, to: 0, sizeBits: bits, access: access) }
    #expect(address?.problem == .misalignedAddress(sizeBits: bits))
    let target = refusal { () throws(EditError) in try bench.map(0, to: 8, sizeBits: bits, access: access) }
    #expect(target?.problem == .misalignedTarget(PhysicalAddress(8), sizeBits: bits))
    let length = refusal { () throws(EditError) in try bench.unmap(0, byteCount: 8) }
    #expect(length?.problem == .misalignedLength(8))
    let nothing = refusal { () throws(EditError) in try bench.unmap(0, byteCount: 0) }
    #expect(nothing?.problem == .misalignedLength(0))
    let edge = refusal { () throws(EditError) in try bench.split(at: 8) }
    #expect(edge?.problem == .misalignedAddress(sizeBits: bits))
  }

  @Test("a page size that the format lacks is answered with those that it has", arguments: FormatCase.all)
  func noSuchLeafSize(_ test: FormatCase) throws {
    let bench = try Bench(test.format)
    let access = try #require(test.accesses.first)
    let sizes = test.format.leafSizes.reduce(0 as UInt64) { $0 | 1 << UInt64($1) }
    for sizeBits in [0, 11, 63, 64, 255] as [UInt8] {
      let error = refusal { () throws(EditError) in
        try bench.map(0, to: 0, sizeBits: sizeBits, access: access)
      }
      #expect(error?.problem == .noSuchLeafSize(sizeBits: sizeBits, available: sizes))
    }
  }

  @Test("a region that starts below a level has none of its pages")
  func noLeafAboveRegion() throws {
    // The upper 1 GiB starts at the second level: there are 2 MiB pages, but none of 1 GiB.
    let bench = try Bench(EditingFormat(.armLPAE(lowerSize: 0, upperSize: 2)))
    let error = refusal { () throws(EditError) in
      try bench.map(0xc000_0000, to: 0, sizeBits: 30, access: .kernel)
    }
    #expect(error?.problem == .noSuchLeafSize(sizeBits: 30, available: 1 << 12 | 1 << 21))
    try bench.map(0xc000_0000, to: 0, sizeBits: 21, access: .kernel)
    try bench.map(0x4000_0000, to: 0, sizeBits: 30, access: .kernel)
  }

  @Test("what is mapped is not mapped over, in any size", arguments: FormatCase.allShapes)
  func alreadyMapped(_ test: FormatCase) throws {
    let access = try #require(test.accesses.first)
    for kind in test.format.kinds where test.format.canExpress(access, sizeBits: kind.sizeBits) {
      let bench = try Bench(test.format, megabytes: 8)
      guard kind.depth >= Int(test.format.paging.region(0).firstDepth) else { continue }
      try bench.map(0, to: 0, sizeBits: kind.sizeBits, access: access)
      let error = refusal { () throws(EditError) in
        try bench.map(0, to: 0, sizeBits: kind.sizeBits, access: access)
      }
      #expect(error?.problem == .alreadyMapped)
      #expect(error?.place?.depth == kind.depth)
      #expect(error?.place?.entry != 0)
      // A page of another size is refused because of what is there, and changes nothing.
      for other in test.format.leafSizes where other != kind.sizeBits {
        let before = bench.mapping(at: 0)
        let error = refusal { () throws(EditError) in
          try bench.map(0, to: 0, sizeBits: other, access: access)
        }
        let problem = try #require(error?.problem)
        let isExpected =
          problem == .alreadyMapped || problem == .tableInTheWay
          || problem == .leafInTheWay(sizeBits: kind.sizeBits)
          || problem
            == .accessNotExpressible(
              access, sizeBits: other,
              nearest: test.format.nearestAccess(to: access, sizeBits: other) ?? .none)
        #expect(isExpected, "\(problem)")
        #expect(bench.mapping(at: 0) == before)
      }
    }
  }

  @Test(
    "a part of a large page is neither unmapped nor protected, but named", arguments: FormatCase.allShapes)
  func partOfLeaf(_ test: FormatCase) throws {
    let access = try #require(test.accesses.first)
    for kind in test.format.kinds
    where kind.sizeBits > test.pageSizeBits && test.format.canExpress(access, sizeBits: kind.sizeBits) {
      let size: UInt64 = 1 << UInt64(kind.sizeBits)
      let bench = try Bench(test.format, megabytes: 8)
      guard kind.depth >= Int(test.format.paging.region(0).firstDepth) else { continue }
      try bench.map(0, to: 0, sizeBits: kind.sizeBits, access: access)
      let whole = EditError.Problem.partOfLeaf(VirtualAddress(0), sizeBits: kind.sizeBits)
      let head = refusal { () throws(EditError) in try bench.unmap(0, byteCount: size / 2) }
      #expect(head?.problem == whole)
      let tail = refusal { () throws(EditError) in try bench.unmap(size / 2, byteCount: size / 2) }
      #expect(tail?.problem == whole)
      let rights = refusal { () throws(EditError) in
        try bench.editor.protect(
          VirtualAddress(size / 2), byteCount: size / 2, access: access, in: &bench.memory)
      }
      #expect(rights?.problem == whole)
      #expect(bench.mapping(at: size - 1)?.physical.rawValue == size - 1)
    }
  }

  struct Inexpressible: Sendable, CustomTestStringConvertible {
    var format: String
    var access: Access
    var nearest: Access
    var testDescription: String { "\(format) \(access.rawValue)" }
  }

  @Test(
    "rights that a format cannot express are refused, with the nearest that it can",
    arguments: [
      // The kernel reads whatever the user reads, and executes what the user executes.
      Inexpressible(format: "x86-64", access: .user, nearest: .all),
      Inexpressible(
        format: "x86-64", access: [.kernelRead, .userRead, .userExecute],
        nearest: [.kernelRead, .kernelExecute, .userRead, .userExecute]),
      Inexpressible(format: "x86", access: .kernelRead, nearest: [.kernelRead, .kernelExecute]),
      // W without R is reserved, and no page is for both to execute.
      Inexpressible(
        format: "riscv-sv39", access: [.kernelWrite], nearest: [.kernelRead, .kernelWrite]),
      Inexpressible(format: "riscv-sv39", access: .all, nearest: .all.subtracting(.kernelExecute)),
      Inexpressible(format: "aarch64-4k", access: .all, nearest: .all.subtracting(.kernelExecute)),
    ])
  func inexpressible(_ test: Inexpressible) throws {
    let format = try FormatCase.named(test.format)
    let bench = try Bench(format.format)
    let error = refusal { () throws(EditError) in
      try bench.map(0, to: 0, sizeBits: format.pageSizeBits, access: test.access)
    }
    #expect(
      error?.problem
        == .accessNotExpressible(test.access, sizeBits: format.pageSizeBits, nearest: test.nearest))
    try bench.map(0, to: 0, sizeBits: format.pageSizeBits, access: test.nearest)
    #expect(bench.mapping(at: 0)?.access == test.nearest)
  }

  @Test("a physical address that an entry cannot hold is refused", arguments: FormatCase.all)
  func targetTooLarge(_ test: FormatCase) throws {
    let bench = try Bench(test.format)
    let access = try #require(test.accesses.first)
    let kind = try #require(test.format.kinds.first { $0.sizeBits == test.pageSizeBits })
    guard
      let excess = (test.pageSizeBits..<64).map({ 1 << UInt64($0) }).first(where: {
        $0 & kind.addressMask == 0
      })
    else { return }
    let error = refusal { () throws(EditError) in
      try bench.map(0, to: excess, sizeBits: test.pageSizeBits, access: access)
    }
    #expect(error?.problem == .targetTooLarge(PhysicalAddress(excess), excess: excess))
  }

  @Test("an encryption bit is no part of an address")
  func encryptionMask() throws {
    let format = EditingFormat(PagingFormat.x86_64.masking(memoryEncryption: 1 << 47))
    let bench = try Bench(format)
    let error = refusal { () throws(EditError) in
      try bench.map(0, to: 1 << 47, sizeBits: 12, access: .all)
    }
    #expect(error?.problem == .targetTooLarge(PhysicalAddress(1 << 47), excess: 1 << 47))
  }

  @Test("without frames nothing is mapped, and all that was mapped still is", arguments: FormatCase.allShapes)
  func outOfFrames(_ test: FormatCase) throws {
    let access = try #require(test.accesses.first)
    let region = test.format.paging.region(0)
    // As many frames as the root and one table at each level need, and less by one each time.
    for tableCount in 0...test.format.paging.levelCount {
      var memory = try SparseMemory(byteCount: 64 << 20)
      var roots = SequentialFrames(from: PhysicalAddress(32 << 20), byteCount: 16 << 20)
      var frames = LimitedFrames(limit: tableCount)
      let editor = try PageTableEditor(makingRootsFor: test.format, in: &memory, frames: &roots)
      var mapped: [UInt64] = []
      for address in [region.first.rawValue, region.last.rawValue - (test.pageSize - 1), test.pageSize] {
        do throws(EditError) {
          try editor.map(
            VirtualAddress(address), to: PhysicalAddress(0), sizeBits: test.pageSizeBits, access: access,
            in: &memory, frames: &frames)
          mapped.append(address)
        } catch {
          guard case .outOfFrames = error.problem else {
            Issue.record("\(error)")
            continue
          }
          #expect(error.address == VirtualAddress(address))
        }
        for known in [region.first.rawValue, region.last.rawValue - (test.pageSize - 1), test.pageSize] {
          let outcome = editor.walker.translate(VirtualAddress(known), in: memory).outcome
          switch outcome {
          case .mapped: #expect(mapped.contains(known))
          case .stopped(let reason):
            #expect(reason == .notPresent(NotPresentState(.none)))
            #expect(!mapped.contains(known))
          }
        }
      }
      #expect(frames.allocatedCount <= tableCount)
    }
  }

  @Test("a frame that a table cannot be in is refused and given back")
  func unusableFrame() throws {
    let format = try FormatCase.named("x86-64").format
    var memory = try SparseMemory(byteCount: 1 << 20)
    var roots = SequentialFrames(from: PhysicalAddress(0), byteCount: 1 << 20)
    let editor = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &roots)
    for frame in [0x8080, 1 << 60, 0x20_0000] as [UInt64] {
      var frames = ChosenFrames([frame])
      let error = refusal { () throws(EditError) in
        try editor.map(
          VirtualAddress(0), to: PhysicalAddress(0), sizeBits: 12, access: .all, in: &memory,
          frames: &frames)
      }
      // The last is aligned and can be named, but there is no RAM.
      let expected: EditError.Problem =
        frame == 0x20_0000
        ? .memory(PhysicalAddress(frame), .outsideRAM) : .unusableFrame(PhysicalAddress(frame), sizeBits: 12)
      #expect(error?.problem == expected)
      #expect(frames.returned == [PhysicalAddress(frame)])
    }
    // PAE's root register has 32 bits.
    var high = ChosenFrames([1 << 32])
    let pae = try FormatCase.named("x86-pae").format
    let root = refusal { () throws(EditError) in _ = try pae.makeRoot(in: &memory, frames: &high) }
    #expect(root?.problem == .unusableFrame(PhysicalAddress(1 << 32), sizeBits: 5))
  }

  @Test("a table at address 0 is found again, or refused and given back", arguments: FormatCase.all)
  func tableAtZero(_ test: FormatCase) throws {
    var memory = try SparseMemory(byteCount: 32 << 20)
    var roots = SequentialFrames(from: PhysicalAddress(16 << 20), byteCount: 16 << 20)
    let editor = try PageTableEditor(makingRootsFor: test.format, in: &memory, frames: &roots)
    let access = try #require(test.accesses.first)
    let address = test.format.paging.region(0).first
    var frames = ChosenFrames([0] + (1...6).map { $0 << 20 })
    let error = refusal { () throws(EditError) in
      try editor.map(
        address, to: PhysicalAddress(0), sizeBits: test.pageSizeBits, access: access, in: &memory,
        frames: &frames)
    }
    if let error {
      guard case .unusableFrame(PhysicalAddress(0), _) = error.problem else {
        Issue.record("\(error)")
        return
      }
      #expect(frames.returned == [PhysicalAddress(0)])
    }
    #expect((editor.walker.translate(address, in: memory).mapping == nil) == (error != nil))
    // Only where an entry that is nothing but an address names a table.
    #expect((error != nil) == test.testDescription.hasPrefix("loongarch"))
  }

  @Test("tables that lie outside of RAM are an error that says where")
  func outsideRAM() throws {
    let format = try FormatCase.named("x86-64").format
    let bench = try Bench(format)
    // A forged entry.
    try bench.editor.setEntry(0x7fff_ffff_f007, at: 0, for: VirtualAddress(0), in: &bench.memory)
    let error = refusal { () throws(EditError) in try bench.map(0, to: 0, sizeBits: 12, access: .all) }
    #expect(error?.problem == .memory(PhysicalAddress(0x7fff_ffff_f000), .outsideRAM))
    #expect(error?.place?.depth == 1)
    let removed = refusal { () throws(EditError) in try bench.unmap(0, byteCount: 0x1000) }
    #expect(removed?.problem == .memory(PhysicalAddress(0x7fff_ffff_f000), .outsideRAM))
  }

  @Test("reserved bits and reserved encodings are not written over")
  func invalidEntries() throws {
    let bench = try Bench(FormatCase.named("x86-64").format)
    try bench.editor.setEntry(0x87, at: 0, for: VirtualAddress(0), in: &bench.memory)
    let reserved = refusal { () throws(EditError) in try bench.map(0, to: 0, sizeBits: 12, access: .all) }
    #expect(reserved?.problem == .reservedBits(0x80))
    #expect(reserved?.place?.entry == 0x87)
    let sv39 = try Bench(FormatCase.named("riscv-sv39").format)
    try sv39.editor.setEntry(0x5, at: 0, for: VirtualAddress(0), in: &sv39.memory)
    let invalid = refusal { () throws(EditError) in
      try sv39.map(0, to: 0, sizeBits: 12, access: [.kernelRead])
    }
    #expect(invalid?.problem == .invalidEntry)
  }

  @Test("a raw entry is only written where there is a table")
  func noTable() throws {
    let bench = try Bench(FormatCase.named("x86-64").format)
    let error = refusal { () throws(EditError) in
      try bench.editor.setEntry(1, at: 2, for: VirtualAddress(0), in: &bench.memory)
    }
    #expect(error?.problem == .noTable)
    #expect(error?.place?.depth == 0)
    let depth = refusal { () throws(EditError) in
      try bench.editor.setEntry(1, at: 9, for: VirtualAddress(0), in: &bench.memory)
    }
    #expect(depth?.problem == .noTable)
  }

  @Test("fields that do not exist, do not fit or decide rights are refused")
  func fields() throws {
    let format = try FormatCase.named("x86-64").format
    func template(_ field: EntryAttributes.Field) -> EditError? {
      refusal { () throws(EditError) in
        _ = try format.template(.all, EntryAttributes(fields: [field]))
      }
    }
    #expect(template(.init("AttrIndx"))?.problem == .unknownField(name: "AttrIndx"))
    #expect(template(.init("writable"))?.problem == .fieldNotFree(name: "writable", value: 1))
    #expect(
      template(.init("protection-key", 16))?.problem == .fieldNotFree(name: "protection-key", value: 16))
    #expect(template(.init("protection-key", 15)) == nil)
  }

  @Test("a refusal is written with level, table, index and entry, and says what to try")
  func description() throws {
    let bench = try Bench(FormatCase.named("x86-64").format)
    try bench.map(0x20_0000, to: 0x40_0000, sizeBits: 21, access: .all)
    let error = refusal { () throws(EditError) in
      try bench.map(0x20_1000, to: 0, sizeBits: 12, access: .all)
    }
    let place = try #require(error?.place)
    let table = "0x" + String(place.table.rawValue, radix: 16)
    #expect(
      error?.description
        == "a page of 2 MiB is where a table must be; split or unmap it first"
        + " (address 0x201000, level 2, table \(table), index 1, entry 0x4000e7)")
  }
}
