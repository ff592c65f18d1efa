import LinuxKernel
import PageTableEditing
import PageTables
import SyntheticKernels
import Testing

/// The synthetic kernels are what they claim to be; only then can a search be judged by them.
@Suite("Synthetic kernels read back as they were written")
struct SyntheticKernelTests {
  @Test(
    "tasks, their lists, areas, files and tables are linked as Linux links them", arguments: SyntheticCase.all
  )
  func readsBack(_ example: SyntheticCase) throws {
    let (kernel, written, memory) = try example.written()
    check(SyntheticReader(kernel, memory), written)
  }

  @Test("two kernels in one memory do not disturb each other", arguments: SyntheticMachine.all)
  func twoKernels(_ machine: SyntheticMachine) throws {
    var memory = try SyntheticCase.memory(of: machine)
    let kernels = [
      SyntheticCase(machine: machine, gapLimit: 12, seed: 21).kernel(),
      SyntheticCase(machine: machine, gapLimit: 12, seed: 22).kernel(start: 128 << 20),
    ]
    let written = try kernels.map { try $0.write(into: &memory) }
    let shared = SharedMemory(memory)
    for (kernel, written) in zip(kernels, written) { check(SyntheticReader(kernel, shared), written) }
  }

  @Test("one seed, one kernel")
  func isDeterministic() throws {
    let example = SyntheticCase(machine: .amd64, gapLimit: 12, seed: 9)
    let (first, second) = (try example.written(), try example.written())
    #expect(first.written.tasks == second.written.tasks)
    for address in stride(
      from: first.kernel.start, to: first.kernel.start + SyntheticLinux.byteCount, by: 4096)
    {
      let pages = [first.memory, second.memory].map {
        KernelMemory($0, ranges: [first.kernel.ram]).bytes(at: PhysicalAddress(address), count: 4096)
      }
      if pages[0] != pages[1] { Issue.record("page \(address)") }
    }
  }

  private func check(_ reader: SyntheticReader, _ written: WrittenKernel) {
    let fields = reader.kernel.layout.task
    let byPID = Dictionary(uniqueKeysWithValues: written.tasks.map { ($0.task.pid, $0) })
    let idle = written.tasks[0].address
    let listed = reader.ring(from: idle + UInt64(fields.tasks), fieldOffset: fields.tasks)
    #expect(listed == written.tasks.dropFirst().filter(\.task.isFirstThread).map(\.address))
    for task in written.tasks {
      let at = task.address
      #expect(reader.number(at, fields.pid) == task.task.pid)
      #expect(reader.number(at, fields.tgid) == task.task.tgid)
      #expect(reader.text(at + UInt64(fields.command)) == task.task.command)
      #expect((reader.number(at, fields.flags) & 0x20_0000 != 0) == (task.task.kind == .kernelThread))
      #expect(reader.word(at, fields.realParent) == byPID[task.task.parent]?.address)
      #expect(reader.word(at, fields.groupLeader) == byPID[task.task.tgid]?.address)
      #expect(reader.word(at, fields.memory) == task.memoryDescriptor)
      #expect((task.memoryDescriptor != 0) == (task.task.kind == .process))
      let threads = written.tasks.filter { $0.task.tgid == task.task.tgid }
      let group = reader.ring(from: at + UInt64(fields.threadGroup), fieldOffset: fields.threadGroup)
      #expect(Set(group ?? []) == Set(threads.map(\.address)).subtracting([at]))
      let head = reader.word(at, fields.signal) + UInt64(reader.kernel.layout.threadHead)
      #expect(reader.ring(from: head, fieldOffset: fields.threadNode) == threads.map(\.address))
      let children = reader.ring(from: at + UInt64(fields.children), fieldOffset: fields.sibling)
      let expected = written.tasks.filter {
        $0.task.parent == task.task.pid && $0.task.isFirstThread && $0.task.pid != 0
      }
      #expect(children == (task.task.isFirstThread ? expected.map(\.address) : []))
      if task.task.isFirstThread, task.task.kind == .process, task.task.sharesMemoryOf == nil {
        checkMemory(reader, task, written)
      }
    }
  }

  private func checkMemory(
    _ reader: SyntheticReader, _ task: WrittenKernel.WrittenTask, _ written: WrittenKernel
  ) {
    let (layout, descriptor) = (reader.kernel.layout, task.memoryDescriptor)
    var listed: [UInt64] = []
    var area = reader.word(descriptor, layout.memory.areas)
    while area != 0, listed.count < 1000 {
      #expect(reader.word(area, layout.area.previous) == listed.last ?? 0)
      #expect(reader.word(area, layout.area.memory) == descriptor)
      listed.append(area)
      area = reader.word(area, layout.area.next)
    }
    #expect(reader.tree(reader.word(descriptor, layout.memory.areaTree)) == listed)
    #expect(reader.number(descriptor, layout.memory.areaCount) == listed.count)
    #expect(listed.count == task.task.areas.count)
    for (area, expected) in zip(listed, task.task.areas) {
      #expect(reader.word(area, layout.area.start) == expected.first)
      #expect(reader.word(area, layout.area.end) == expected.last + 1)
      #expect(reader.word(area, layout.area.flags) == expected.flags)
      let file = reader.word(area, layout.area.file)
      #expect((file == 0 ? nil : reader.path(ofFile: file)) == expected.path)
      let offset = expected.path == nil ? expected.first : expected.fileOffset
      #expect(reader.word(area, layout.area.pageOffset) == offset >> 12)
    }
    let root = written.roots[task.task.tgid]
    let pgd = reader.word(descriptor, layout.memory.pgd)
    #expect(reader.pointers.physical(of: pgd, in: reader.memory) == root?.lower)
    guard let root else { return }
    checkTables(reader, Walker(format: reader.kernel.machine.format, root: root), task, written)
  }

  private func checkTables(
    _ reader: SyntheticReader, _ walker: Walker<PagingFormat>, _ task: WrittenKernel.WrittenTask,
    _ written: WrittenKernel
  ) {
    func physical(_ address: UInt64) -> UInt64? {
      // The memory is a copyable box of any type; the walker wants to know which.
      (reader.memory.memory as? SharedMemory).flatMap {
        walker.translate(VirtualAddress(address), in: $0).mapping?.physical.rawValue
      }
    }
    let pages = written.pages[task.task.tgid] ?? [:]
    #expect(pages.count == task.task.areas.filter { $0.flags & 7 != 0 }.count)
    for (address, page) in pages { #expect(physical(address) == page) }
    // The kernel's half: every task is where its pointer says, whatever process runs.
    for other in written.tasks { #expect(physical(other.address) == other.physical) }
  }
}
