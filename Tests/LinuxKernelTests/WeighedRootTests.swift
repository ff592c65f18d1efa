import PageTables
import SyntheticKernels
import Testing

@testable import LinuxKernel

/// Roots in bare RAM, held against the tasks of synthetic kernels.
@Suite("Roots in RAM are held against the tasks' roots")
struct WeighedRootTests {
  /// Where the halves have roots of their own a user's root is told by bits of its pages (nG) that Linux sets and
  /// the writer of these kernels does not; there the guests are the test.
  static let machines = SyntheticMachine.all.filter { !$0.format.hasSeparateRoots }

  private func found(_ machine: SyntheticMachine) throws -> (Kernel, WrittenKernel) {
    let example = SyntheticCase(machine: machine, gapLimit: 12, seed: 6)
    let (kernel, written, memory) = try example.written()
    return (try KernelSearch().run(in: KernelMemory(memory, ranges: [kernel.ram])), written)
  }

  @Test(
    "a whole kernel's roots are confirmed, and nobody looks before being asked",
    arguments: machines)
  func confirmed(_ machine: SyntheticMachine) throws {
    var (kernel, written) = try found(machine)
    #expect(kernel.roots == nil)
    kernel.weighRoots()
    let roots = try #require(kernel.roots)
    #expect(Set(roots.confirmed) == Set(written.roots.values.map(\.lower)))
    #expect(roots.unconfirmed.isEmpty)
    #expect(roots.withoutTask.isEmpty)
    let facts = kernel.evidence.filter { ["paging", "processes' roots"].contains($0.name) }
    #expect(facts.count == 2)
    for fact in facts { #expect(fact.agreeing.map(\.method) == [.pageTables] && fact.disagreeing.isEmpty) }
  }

  @Test("the root of a task that is not on the list is offered", arguments: machines)
  func hidden(_ machine: SyntheticMachine) throws {
    var (kernel, written) = try found(machine)
    let sharers = Dictionary(grouping: written.roots, by: { $0.value.lower }).filter { $0.value.count == 1 }
    let (root, owners) = try #require(sharers.min { $0.key < $1.key })
    kernel.tasks.removeAll { $0.tgid == owners[0].key }
    kernel.weighRoots()
    #expect(kernel.roots?.withoutTask.map(\.root) == [root])
    #expect(kernel.candidateRoots.map(\.lower).contains(root))
    #expect(kernel.evidence.contains { $0.name == "root \(hexadecimal(root.rawValue))" })
    let fact = try #require(kernel.evidence.first { $0.name == "processes' roots" })
    #expect(fact.disagreeing.map(\.value) == ["\(written.roots.values.map(\.lower).uniqued().count)"])
  }

  @Test("the kernel page table is filled in where nothing else tells it", arguments: SyntheticMachine.all)
  func fillsGap(_ machine: SyntheticMachine) throws {
    var (kernel, _) = try found(machine)
    let master = try #require(kernel.master?.value)
    kernel.master = nil
    kernel.weighRoots()
    guard let filled = kernel.master else { return }
    #expect(filled.value == master)
    #expect(filled.evidence.method == .pageTables)
    guard kernel.format.hasSeparateRoots else { return }
    for task in kernel.tasks { #expect(task.root.map { $0.upper == master } ?? true) }
  }

  @Test("without a kernel the error says which roots can be walked", arguments: RootLayout.all)
  func error(_ layout: RootLayout) throws {
    var machine = try RootMachine.make(layout)
    let roots = try (1...3).map { try machine.addProcess(pageCount: $0 * 3) }
    let memory = machine.kernelMemory()
    let error = #expect(throws: KernelError.self) { try KernelSearch().run(in: memory) }
    let text = try #require(error).description
    #expect(text.contains("3 roots of processes in \(layout.format.name)"))
    #expect(text.contains("--root \(hexadecimalDigits(roots[0].rawValue)) --paging \(layout.format.name)"))
    #expect(!text.contains("\n"))
  }

  @Test("roots of sizes that no kernel has are said to be left out, not guessed")
  func otherSizes() throws {
    let other = try #require(
      PagingFormat.aarch64(granule: .kib4, virtualAddressBits: 40, outputAddress: .standard))
    #expect(!RootScan.canFind(other))
    for shape in RootShape.linux { #expect(RootScan.canFind(shape.format)) }
  }
}
