import LinuxKernel
import PageTableEditing
import PageTables
import SyntheticKernels
import TestMemory
import Testing

/// Whatever the layout, the same tasks come out.
@Suite("A search finds synthetic kernels of any layout")
struct SyntheticSearchTests {
  @Test("tasks, areas, files and roots are those that were written", arguments: SyntheticCase.all)
  func findsEverything(_ example: SyntheticCase) throws {
    let (kernel, written, memory) = try example.written()
    let found = try KernelSearch().run(in: KernelMemory(memory, ranges: [kernel.ram]))
    #expect(found.pointers.wordByteCount == kernel.layout.wordByteCount)
    #expect(found.pointers.directMapOffset == kernel.directMapOffset)
    #expect(found.pointers.imageOffset == kernel.imageOffset)
    #expect(found.release?.value == kernel.release)
    compare(found, written)
  }

  @Test("a process with any name, or none, hides nothing", arguments: SyntheticCase.all)
  func strangeNames(_ example: SyntheticCase) throws {
    let names = [
      ("", ""), ("\u{1b}[2J", "\\u{1b}[2J"), ("a\tb\n", "a\\u{9}b\\u{a}"), ("swapper/0", "swapper/0"),
      ("kthreadd", "kthreadd"), ("\u{202e}txt", "\\u{202e}txt"), ("日本語", "日本語"),
    ]
    var memory = try SyntheticCase.memory(of: example.machine)
    var kernel = example.kernel()
    let parent = try #require(kernel.tasks.last { $0.kind == .process && $0.isFirstThread }).pid
    let first = try #require(kernel.tasks.map(\.pid).max()) + 1
    for (index, name) in names.enumerated() {
      kernel.tasks.append(
        SyntheticTask(pid: first + index, command: name.0, kind: .zombie, parent: parent))
    }
    _ = try kernel.write(into: &memory)
    let found = try KernelSearch().run(in: KernelMemory(SharedMemory(memory), ranges: [kernel.ram]))
    #expect(found.isTaskListWhole)
    #expect(found.tasks.count == kernel.tasks.count + 1)
    for (index, name) in names.enumerated() {
      #expect(found.tasks.first { $0.pid == first + index }?.command == name.1)
    }
  }

  @Test(
    "who takes a first task's name does not hide the kernel where the list is cut",
    arguments: SyntheticCase.all,
    ["kthreadd", "khungtaskd"])
  func namesakes(_ example: SyntheticCase, lost: String) throws {
    var memory = try SyntheticCase.memory(of: example.machine)
    var kernel = example.kernel()
    let parent = try #require(kernel.tasks.last { $0.kind == .process && $0.isFirstThread }).pid
    let first = try #require(kernel.tasks.map(\.pid).max()) + 1
    for (index, name) in ["swapper/0", "kthreadd", "swapper/0", "kthreadd"].enumerated() {
      kernel.tasks.append(
        SyntheticTask(pid: first + index, command: name, parent: parent, sharesMemoryOf: parent))
    }
    let written = try kernel.write(into: &memory)
    // The page where a task begins: the list does not lead past it.
    let gone = try #require(written.tasks.first { $0.task.command == lost }).physical & ~4095
    for place in stride(from: gone, to: gone + 4096, by: 8) {
      try memory.store(entry: 0, byteCount: 8, order: .little, at: PhysicalAddress(place))
    }
    let found = try KernelSearch().run(in: KernelMemory(SharedMemory(memory), ranges: [kernel.ram]))
    #expect(!found.isTaskListWhole)
    let pids = Dictionary(uniqueKeysWithValues: written.tasks.map { ($0.address, $0.task.pid) })
    for task in found.tasks { #expect(pids[task.address.rawValue] == task.pid || !task.doubts.isEmpty) }
    // Where tasks lie close together several are on the lost page.
    #expect(found.tasks.count * 3 > written.tasks.count)
  }

  @Test("two kernels in one image: one is found whole, and no task of one is said to be the other's")
  func twoKernels() throws {
    for machine in SyntheticMachine.all {
      var memory = try SyntheticCase.memory(of: machine)
      let first = SyntheticCase(machine: machine, gapLimit: 12, seed: 31).kernel()
      var second = SyntheticCase(machine: machine, gapLimit: 12, seed: 32).kernel(start: 128 << 20)
      // A crash kernel runs little.
      second.tasks = second.tasks.filter { $0.kind == .kernelThread || $0.pid == 1 }
      let written = try first.write(into: &memory)
      _ = try second.write(into: &memory)
      let found = try KernelSearch().run(in: KernelMemory(SharedMemory(memory), ranges: [first.ram]))
      compare(found, written)
    }
  }

  @Test(
    "with pages missing, what is found was written, or is doubted", arguments: SyntheticCase.all,
    [10, 50, 200] as [UInt64])
  func damaged(_ example: SyntheticCase, permille: UInt64) throws {
    let (kernel, written, whole) = try example.written()
    let memory = DroppingMemory(whole, permille: permille, seed: example.seed)
    let found: Kernel
    do {
      found = try KernelSearch().run(in: KernelMemory(memory, ranges: kernel.keptRanges(of: memory)))
    } catch {
      print("synthetic \(example), \(permille) of 1000 pages dropped: nothing: \(error)")
      return
    }
    let expected = Dictionary(uniqueKeysWithValues: written.tasks.map { ($0.address, $0.task) })
    var count = 0
    for task in found.tasks {
      let isTrue =
        expected[task.address.rawValue].map {
          $0.pid == task.pid && $0.tgid == task.tgid && $0.command == task.command
        } ?? false
      #expect(isTrue || !task.doubts.isEmpty, "\(task)")
      count += isTrue ? 1 : 0
    }
    print("synthetic \(example), \(permille) of 1000 pages dropped: \(count) of \(expected.count) tasks")
  }

  private func compare(_ found: Kernel, _ written: WrittenKernel) {
    let tasks = Dictionary(found.tasks.map { ($0.pid, $0) }, uniquingKeysWith: { old, _ in old })
    #expect(found.tasks.count == written.tasks.count)
    for expected in written.tasks {
      let task = expected.task
      guard let same = tasks[task.pid] else {
        Issue.record("\(task.pid) \(task.command) was not found")
        continue
      }
      #expect(same.tgid == task.tgid)
      #expect(same.command == task.command)
      #expect(same.address.rawValue == expected.address)
      #expect(same.physical.rawValue == expected.physical)
      #expect(same.parent == task.parent)
      #expect(same.kind == task.foundKind)
      #expect(same.memoryDescriptor == expected.memoryDescriptor)
      if let root = written.roots[task.tgid] { #expect(same.root?.lower == root.lower) }
      if task.isFirstThread, task.kind == .process, task.sharesMemoryOf == nil {
        let list = found.areas(of: same)
        #expect(list.gaps == [])
        // What an area without a file has for an offset means nothing to anyone.
        let areas = list.areas.map { area in
          var area = area
          if area.hasFile == false { area.fileOffset = nil }
          return area
        }
        #expect(areas == task.areas.map(\.found))
      }
    }
    #expect(Set(found.tables.processes.map(\.root.lower)) == Set(written.roots.values.map(\.lower)))
    #expect(found.tables.master == nil || found.tables.master?.upper == written.master.upper)
    let sharers = found.tables.processes.filter { !$0.sharers.isEmpty }
    let expected = written.tasks.filter { $0.task.sharesMemoryOf != nil }
    #expect(sharers.map(\.pid) == expected.compactMap(\.task.sharesMemoryOf))
    #expect(sharers.flatMap(\.sharers) == expected.map(\.task.pid))
  }
}

extension SyntheticTask {
  /// What a search calls it.
  fileprivate var foundKind: LinuxKernel.Task.Kind {
    switch kind {
    case .process: .process
    case .kernelThread: .kernelThread
    case .zombie: .zombie
    }
  }
}

extension SyntheticArea {
  /// What a search makes of it.
  fileprivate var found: Area {
    Area(
      first: VirtualAddress(first), last: VirtualAddress(last), flags: flags,
      fileOffset: path.map { _ in fileOffset }, hasFile: path != nil, path: path)
  }
}

extension SyntheticLinux {
  /// What is left of RAM.
  fileprivate func keptRanges(of memory: DroppingMemory<SharedMemory>) -> [RAMRange] {
    var kept: [RAMRange] = []
    for address in stride(from: ramStart, to: ramStart + ramByteCount, by: 4096)
    where memory.keepsPage(at: address) {
      if let last = kept.last, last.last.rawValue + 1 == address {
        kept[kept.count - 1].last = PhysicalAddress(address + 4095)
      } else {
        kept.append(
          RAMRange(first: PhysicalAddress(address), last: PhysicalAddress(address + 4095)))
      }
    }
    return kept
  }
}
