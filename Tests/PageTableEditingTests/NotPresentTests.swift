import PageTableEditing
import PageTables
import TestMemory
import Testing

@Suite("Entries that are not present")
struct NotPresentTests {
  /// What a walk finds Linux to mean by the page's entry.
  private func state(_ bench: Bench, _ address: UInt64) -> NotPresentState? {
    let translation = bench.editor.walker.translate(VirtualAddress(address), in: bench.memory)
    guard case .stopped(.notPresent(let state)) = translation.outcome else { return nil }
    let last = translation.steps[translation.steps.count - 1]
    if let linux = bench.editor.walker.softwareEntry(
      of: last, address: VirtualAddress(address), in: bench.memory)
    {
      guard case .notPresent(let state) = linux.state else { return nil }
      return state
    }
    return state
  }

  @Test("every state that an era can write comes back from the walk", arguments: FormatCase.all)
  func roundTrip(_ test: FormatCase) throws {
    var random = SeededGenerator(seed: 5)
    for table in test.format.paging.notPresentTables {
      let format = EditingFormat(test.format.paging.reading(notPresent: table))
      let bench = try Bench(format)
      var written = 0
      for index in 0..<table.rules.count {
        let rule = table.rules[index]
        for _ in 0..<20 {
          let type =
            rule.typeBitCount == 0
            ? 0
            : UInt64.random(
              in: UInt64(rule.firstType)...UInt64(rule.lastType), using: &random)
          let width = UInt64(rule.offsetBitCount)
          let offset = (random.next() & (width >= 64 ? .max : (1 << width) - 1)) | rule.offsetBits
          let wanted = NotPresentState(rule.kind, type: type, offset: offset)
          guard table.entry(for: wanted) != nil else { continue }
          try bench.editor.setNotPresent(
            wanted, at: VirtualAddress(0), in: &bench.memory, frames: &bench.frames)
          #expect(state(bench, 0) == wanted, "\(table.era)")
          written += 1
        }
      }
      #expect(written > 20, "\(table.era)")
    }
  }

  @Test("every catalogue format can write a swap entry", arguments: FormatCase.all)
  func swap(_ test: FormatCase) throws {
    let bench = try Bench(test.format)
    let access = try #require(test.accesses.first)
    try bench.map(test.pageSize, to: 0, sizeBits: test.pageSizeBits, access: access)
    let swap = NotPresentState(.swap, type: 3, offset: 0xbeef)
    // It replaces the page.
    try bench.editor.setNotPresent(
      swap, at: VirtualAddress(test.pageSize), in: &bench.memory, frames: &bench.frames)
    #expect(state(bench, test.pageSize) == swap)
    try bench.unmap(test.pageSize, byteCount: test.pageSize)
    #expect(state(bench, test.pageSize) == NotPresentState(.none))
  }

  @Test("PROT_NONE keeps the frame", arguments: FormatCase.all.filter { $0.testDescription != "alpha" })
  func protectionNone(_ test: FormatCase) throws {
    let bench = try Bench(test.format)
    let none = NotPresentState(.protectionNone, offset: 0x1_2345)
    try bench.editor.setNotPresent(none, at: VirtualAddress(0), in: &bench.memory, frames: &bench.frames)
    #expect(state(bench, 0) == none)
  }

  @Test("x86-64 writes swap entries as Linux does, inverted")
  func x86Swap() {
    let table = NotPresentTable.x86
    #expect(table.entry(for: NotPresentState(.swap, type: 0, offset: 0)) == 0x07ff_ffff_ffff_fe00)
    #expect(table.entry(for: NotPresentState(.swap, type: 1, offset: 1)) == 0x0fff_ffff_ffff_fc00)
    #expect(table.entry(for: NotPresentState(.none)) == 0)
  }

  @Test("a slot or a type that the fields cannot hold is refused")
  func tooLarge() throws {
    let bench = try Bench(FormatCase.named("x86-64").format)
    let states = [
      NotPresentState(.swap, type: 31, offset: 1), NotPresentState(.swap, type: 32, offset: 1),
      NotPresentState(.swap, type: 0, offset: 1 << 50), NotPresentState(.unknown, offset: 1),
    ]
    for state in states {
      do throws(EditError) {
        try bench.editor.setNotPresent(
          state, at: VirtualAddress(0), in: &bench.memory, frames: &bench.frames)
        Issue.record("\(state) was written")
      } catch {
        #expect(error.problem == .stateNotExpressible(state))
      }
    }
  }

  @Test("a huge page's entry can be a migration entry")
  func hugeMigration() throws {
    let bench = try Bench(FormatCase.named("x86-64").format)
    try bench.map(0x20_0000, to: 0x40_0000, sizeBits: 21, access: .all)
    let migration = NotPresentState(.migration, type: 25, offset: 0x200)
    guard NotPresentTable.x86.entry(for: migration) != nil else {
      Issue.record("the era cannot write it")
      return
    }
    try bench.editor.setNotPresent(
      migration, at: VirtualAddress(0x20_0000), sizeBits: 21, in: &bench.memory, frames: &bench.frames)
    let translation = bench.editor.walker.translate(VirtualAddress(0x3f_ffff), in: bench.memory)
    // The entry names the first frame; the answer, as pagemap does, that of the page.
    let last = NotPresentState(.migration, type: 25, offset: 0x3ff)
    #expect(translation.outcome == .stopped(.notPresent(last)))
    #expect(translation.steps.count == 3)
  }
}
