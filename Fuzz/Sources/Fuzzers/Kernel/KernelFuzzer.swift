import LinuxKernel
import PageTables
import SeedWriters

/// A kernel's memory with words overwritten and pages missing: it is searched for the kernel, and whatever comes
/// out is asked about.
///
/// An input is: machine, how much is missing; then changes of eight bytes each (``KernelChange``). Changes fall on
/// what the search reads: tasks, their memory descriptors, tables. Anything else is as good as zero.
struct KernelFuzzer: Fuzzer {
  let name = "kernel"

  /// More changes than this are not made.
  private static let changeLimit = 256

  func seeds() -> [[UInt8]] {
    var random = SeededGenerator(seed: 1)
    return (0..<KernelSample.count).flatMap { index -> [[UInt8]] in
      // A search that does not even find what is whole would be fed with nothing.
      let memory = KernelSample.number(index).memory
      let found = try? KernelSearch().run(in: KernelMemory(memory, ranges: memory.ranges))
      precondition(found?.isTaskListWhole == true, "kernel \(index) is not found")
      // As it is; with pages missing; with changes of each kind.
      return [[UInt8(index), 0], [UInt8(index), 40]]
        + (0..<KernelChange.kindCount).map { kind in
          var out = ByteWriter()
          out.put([UInt8(index), 0])
          for _ in 0..<8 {
            out.put([UInt8(kind)])
            out.put([UInt8(random.next() & 0xff), UInt8(random.next() & 0xff), UInt8(random.next() & 0xff)])
            out.put(UInt32(truncatingIfNeeded: random.next()))
          }
          return out.bytes
        }
    }
  }

  func run(_ bytes: [UInt8]) {
    var input = InputReader(bytes)
    let sample = KernelSample.number(Int(input.number(UInt8.self)) % KernelSample.count)
    let missing = UInt64(input.number(UInt8.self))
    var memory = sample.memory
    memory.missingPermille = missing
    var changeCount = 0
    while !input.isAtEnd, changeCount < Self.changeLimit {
      KernelChange(&input).apply(to: &memory, of: sample)
      changeCount += 1
    }
    exercise(KernelMemory(memory, ranges: memory.ranges))
  }

  private func exercise(_ memory: KernelMemory) {
    do throws(KernelError) {
      var kernel = try KernelSearch().run(in: memory)
      kernel.weighRoots()
      precondition(!kernel.evidence.isEmpty)
      let counting = ResidentCounting(kernel)
      for task in kernel.tasks.prefix(64) {
        _ = kernel.areas(of: task)
        _ = counting?.pages(of: task)
      }
      let tables = kernel.tables
      let map = ReverseMap(tables, in: memory.memory, threadCount: 1)
      _ = FrameRecordSearch(kernel, regions: nil, map: map).run()
      _ = RegionSearch(kernel)?.find()
      _ = Audit.run(
        AuditInput(
          tables: tables, ram: memory.ram, pointers: kernel.pointers, candidateRoots: kernel.candidateRoots,
          tableLimit: 1 << 14), in: memory.memory)
    } catch {
      precondition(!error.description.isEmpty && !error.description.contains("\n"))
    }
  }
}
