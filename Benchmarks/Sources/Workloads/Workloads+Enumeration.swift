import CReference
import PageTables

extension Workload {
  /// Counting every leaf of every process.
  public static func enumeration(_ name: String, _ image: SyntheticImage) -> [Workload] {
    let group = "enumerate \(name)"
    let reference = unsafe image.memory.reference
    let expected = image.roots.map { unsafe reference_enumerate(reference, $0).count }.reduce(0, +)
    func workload(_ name: String, _ run: @escaping @Sendable () -> UInt64) -> Workload {
      Workload(group, name, unit: "leaves", count: Int(expected), run: run)
    }
    var workloads = [
      workload("C") { [memory = image.memory, roots = image.roots] in
        roots.reduce(0) { $0 &+ tally(unsafe reference_enumerate(memory.reference, $1)) }
      }
    ]
    if reference_has_avx512() {
      workloads.append(
        workload("C, AVX-512, prefetch") { [memory = image.memory, roots = image.roots] in
          roots.reduce(0) { $0 &+ tally(unsafe reference_enumerate_avx512(memory.reference, $1)) }
        })
    }
    workloads += [
      workload("Swift, constant format") { [memory = image.memory, roots = image.roots] in
        roots.reduce(0) { $0 &+ enumerate(X86_64FourLevel(), root: $1, in: memory) }
      },
      workload("Swift, format as data") { [memory = image.memory, roots = image.roots] in
        roots.reduce(0) { $0 &+ enumerate(PagingFormat.x86_64, root: $1, in: memory) }
      },
    ]
    return workloads
  }

  /// Merging every process's leaves into ranges.
  public static func merging(_ name: String, _ image: SyntheticImage) -> [Workload] {
    let group = "merge \(name)"
    let reference = unsafe image.memory.reference
    let expected = image.roots.map { unsafe reference_enumerate(reference, $0).count }.reduce(0, +)
    func workload(_ name: String, _ run: @escaping @Sendable () -> UInt64) -> Workload {
      Workload(group, name, unit: "leaves", count: Int(expected), run: run)
    }
    return [
      workload("C") { [memory = image.memory, roots = image.roots] in
        roots.reduce(0) { $0 &+ tally(unsafe reference_merge(memory.reference, $1)) }
      },
      workload("Swift, constant format") { [memory = image.memory, roots = image.roots] in
        roots.reduce(0) { $0 &+ merge(X86_64FourLevel(), root: $1, in: memory) }
      },
      workload("Swift, format as data") { [memory = image.memory, roots = image.roots] in
        roots.reduce(0) { $0 &+ merge(PagingFormat.x86_64, root: $1, in: memory) }
      },
    ]
  }
}
