import KernelOracle
import Testing

/// What section 4 of the kernel's behaviour says, seen through the harness: tests of the harness.
@Suite(
  "the running kernel",
  .serialized,
  .enabled(if: Harness.canRun, "this kernel, or these rights, do not let agents be observed"))
struct RunningKernelTests {
  /// Straddles the boundary of two page tables of 2 MiB.
  static let edge: UInt64 = 0x1_0020_0000
  static let page: UInt64 = 4096

  @Test("a fresh process has nothing but the agent, as the head of a log says")
  func fresh() throws {
    let run = try Harness.run("")
    #expect(run.states.count == 1)
    #expect(run.last(0).areas.isEmpty)
    #expect(run.last(0).pages.isEmpty)
    #expect(run.last(0).counters == run.conditions.base)
  }

  @Test("reading anonymous memory maps the zero page: no resident memory, but tables")
  func zeroPage() throws {
    let run = try Harness.run(
      """
      0 mmap 100200000 2000 rw- private,anonymous,fixed - 0
      0 read 100200000 2
      """)
    let state = run.last(0)
    #expect(run.outcomes[1] == Outcome(value: 0, minorFaults: 2))
    #expect(state.counters.residentAnonymousKiB == run.conditions.base.residentAnonymousKiB)
    #expect(state.counters.pageTablesKiB > run.conditions.base.pageTablesKiB)
    let first = try #require(state.entry(at: Self.edge))
    let second = try #require(state.entry(at: Self.edge + Self.page))
    #expect(first.isPresent && !first.isFile && !first.isExclusive)
    #expect(first == second)
  }

  @Test("writing over the zero page costs one fault and takes a frame")
  func writeOverZero() throws {
    let run = try Harness.run(
      """
      0 mmap 100200000 1000 rw- private,anonymous,fixed - 0
      0 read 100200000 1
      0 write 100200000 1
      """)
    #expect(run.outcomes[2].minorFaults == 1)
    let before = try #require(run.states[2][0].entry(at: Self.edge))
    let after = try #require(run.last(0).entry(at: Self.edge))
    #expect(after.isExclusive && !after.isFile)
    if run.conditions.framesVisible { #expect(before.frame != after.frame) }
    #expect(run.last(0).counters.residentAnonymousKiB == run.conditions.base.residentAnonymousKiB + 4)
  }

  @Test("fork shares written pages, which are exclusive no more; a write in the child copies")
  func fork() throws {
    let run = try Harness.run(
      """
      0 mmap 100200000 2000 rw- private,anonymous,fixed - 0
      0 write 100200000 2
      0 fork 1
      1 write 100200000 1
      1 exit
      0 write 100200000 2
      """)
    let parent = run.states[3][0]
    let child = run.states[3][1]
    #expect(run.outcomes[2] == Outcome(value: 0, minorFaults: 0))
    #expect(parent.pages == child.pages)
    #expect(parent.pages.count == 2 && parent.pages.allSatisfy { !$0.entry.isExclusive })
    #expect(child.counters.residentAnonymousKiB == parent.counters.residentAnonymousKiB)
    // copied: both are exclusive again
    let copied = run.states[4][1]
    #expect(run.outcomes[3].minorFaults == 1)
    #expect(copied.pages.map(\.entry.isExclusive) == [true, false])
    #expect(run.states[4][0].pages.map(\.entry.isExclusive) == [true, false])
    // the other sharer gone: exclusive at once, and reused by the next write, in the same frame
    #expect(run.states[5].count == 1)
    #expect(run.states[5][0].pages.map(\.entry.isExclusive) == [true, true])
    #expect(run.outcomes[5].minorFaults == 2)
    #expect(run.last(0).pages == parent.pages.map { exclusive($0) })
  }

  private func exclusive(_ page: ObservedPage) -> ObservedPage {
    ObservedPage(number: page.number, entry: PageEntry(rawValue: page.entry.rawValue | 1 << 56))
  }

  @Test("unmapping frees the tables that held only what was unmapped")
  func tablesFreed() throws {
    let run = try Harness.run(
      """
      0 mmap 1001ff000 2000 rw- private,anonymous,fixed - 0
      0 write 1001ff000 2
      0 munmap 100200000 1000
      0 munmap 1001ff000 1000
      """)
    let tables = run.states.map { $0[0].counters.pageTablesKiB }
    #expect(tables[0] == tables[1])
    // two of the lowest level, and what is above them
    #expect(tables[2] > tables[0] + 4)
    #expect(tables[3] == tables[2] - 4)
    #expect(tables[4] == tables[0])
  }

  @Test("where nothing is mapped a touch ends in SEGV_MAPERR, and without the right in SEGV_ACCERR")
  func segmentationFaults() throws {
    let run = try Harness.run(
      """
      0 read 100200000 3
      0 mmap 100200000 1000 r-- private,anonymous,fixed - 0
      0 write 100200000 1
      0 mmap 100300000 1000 r-- shared,fixed 0 0
      0 read 100300123 1
      """)
    #expect(
      run.outcomes[0]
        == Outcome(
          value: 3,
          signals: .init(
            count: 3, number: 11, code: 1, address: Self.edge + 2 * Self.page, faultedPages: 0b111)))
    #expect(run.outcomes[2].signals?.code == 2)
    // beyond the end of a file: SIGBUS, BUS_ADRERR
    #expect(run.outcomes[4].signals?.number == 7)
    #expect(run.outcomes[4].signals?.code == 2)
    #expect(run.outcomes[4].value == 1 && run.outcomes[4].minorFaults == 0)
  }

  @Test("a file's pages are mapped around a read fault; a private write copies one")
  func files() throws {
    let run = try Harness.run(
      """
      0 ftruncate 1 20000
      0 mmap 100200000 20000 rw- shared,fixed 1 0
      0 write 100200000 20
      0 munmap 100200000 20000
      0 mmap 100200000 20000 rw- private,fixed 1 0
      0 read 100200000 1
      0 write 100200000 1
      """)
    let around = run.states[6][0]
    #expect(run.outcomes[5].minorFaults == 1)
    #expect(around.pages.count == 16 && around.pages.allSatisfy { $0.entry.isFile })
    #expect(around.areas.map(\.object) == [.file(1)])
    #expect(around.counters.residentFileKiB == run.conditions.base.residentFileKiB + 64)
    let copied = run.last(0)
    #expect(try #require(copied.entry(at: Self.edge)).isFile == false)
    #expect(copied.counters.residentAnonymousKiB == run.conditions.base.residentAnonymousKiB + 4)
    #expect(copied.counters.residentFileKiB == run.conditions.base.residentFileKiB + 60)
  }

  @Test("neighbours with the same rights are one area, and each shared mapping is its own object")
  func merging() throws {
    let run = try Harness.run(
      """
      0 mmap 100200000 1000 rw- private,anonymous,fixed - 0
      0 mmap 100201000 1000 rw- private,anonymous,fixed - 0
      0 mprotect 100201000 1000 r--
      0 mmap 100400000 1000 rw- shared,anonymous,fixed - 0
      0 mmap 100401000 1000 rw- shared,anonymous,fixed - 0
      """)
    #expect(run.states[2][0].areas.map { $0.end - $0.start } == [2 * Self.page])
    #expect(run.states[3][0].areas.map(\.protection) == [[.read, .write], .read])
    let objects = run.last(0).areas.suffix(2).map(\.object)
    #expect(objects.count == 2 && objects[0] != objects[1])
    for case .sharedAnonymous in objects { continue }
  }

  @Test("the break begins behind the agent's code and shows as the heap")
  func heap() throws {
    let run = try Harness.run("0 brk 0\n0 brk 10400000\n0 write 103fe000 2\n")
    #expect(run.outcomes[0].value == Int64(run.conditions.code.upperBound))
    #expect(run.last(0).areas.map(\.object) == [.heap])
    #expect(run.last(0).pages.count == 2)
  }

  @Test("errors are error numbers, and locked memory is counted")
  func errorsAndLocks() throws {
    let run = try Harness.run(
      """
      0 munmap 100200001 1000
      0 mmap 100200000 4000 rw- private,anonymous,fixed - 0
      0 mlock 100200000 2000
      0 madvise 100200000 1000 dontneed
      """)
    #expect(run.outcomes[0].error == 22)
    #expect(run.outcomes[2] == Outcome(value: 0, minorFaults: 2))
    #expect(run.last(0).counters.lockedKiB == 8)
    #expect(run.outcomes[3].error == 22)
  }

  @Test("files are empty and everything is gone when the next program begins")
  func programs() throws {
    let kernel = try RunningKernel()
    _ = try kernel.start()
    for line in ["0 ftruncate 0 5000", "0 mmap 100200000 1000 rw- shared,fixed 0 0", "0 fork 5"] {
      _ = try kernel.perform(try MemoryOperation(text: line))
    }
    let again = try kernel.start()
    #expect(again.processes?.map(\.slot) == [0])
    #expect(again.process(0)?.counters == kernel.conditions.base)
    _ = try kernel.perform(try MemoryOperation(text: "0 mmap 100200000 1000 rw- shared,fixed 0 0"))
    let read = try kernel.perform(try MemoryOperation(text: "0 read 100200000 1"))
    #expect(read.step?.outcome.signals?.number == 7)
  }
}
