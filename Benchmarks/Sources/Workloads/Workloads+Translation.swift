import CReference
import PageTables

extension Workload {
  /// Half a million random mapped addresses of each process.
  public static func translation(_ name: String, _ image: SyntheticImage) -> [Workload] {
    let group = "translate \(name)"
    let requests = Request.all(of: image)
    let count = requests.map(\.count).reduce(0, +)
    let memory = image.memory
    let leaves = zip(image.roots, image.addresses).map { root, addresses in
      addresses.compactMap { address in
        var leaf = reference_leaf()
        return unsafe reference_find_leaf(memory.reference, root, address, &leaf) ? leaf : nil
      }
    }
    func workload(_ name: String, _ run: @escaping @Sendable (Request) -> UInt64) -> Workload {
      Workload(group, name, unit: "addresses", count: count) { requests.reduce(0) { $0 &+ run($1) } }
    }
    var workloads = [
      workload("C, one by one") { request in
        unsafe request.addresses.withUnsafeBufferPointer { addresses in
          unsafe reference_translate_each(
            memory.reference, request.root, addresses.baseAddress, addresses.count)
        }
      },
      workload("C, 64 at a time") { request in
        unsafe request.addresses.withUnsafeBufferPointer { addresses in
          unsafe reference_translate_batch(
            memory.reference, request.root, addresses.baseAddress, addresses.count)
        }
      },
    ]
    if reference_has_avx512() {
      workloads.append(
        workload("C, AVX-512, 64 at a time") { request in
          unsafe request.addresses.withUnsafeBufferPointer { addresses in
            unsafe reference_translate_batch_avx512(
              memory.reference, request.root, addresses.baseAddress, addresses.count)
          }
        })
    }
    workloads += [
      Workload(group, "C, leaves alone, their places known: the limit", unit: "addresses", count: count) {
        leaves.reduce(0) { sum, leaves in
          unsafe leaves.withUnsafeBufferPointer {
            unsafe sum &+ reference_read_leaves(memory.reference, $0.baseAddress, $0.count)
          }
        }
      },
      workload("Swift, constant format, one by one") { $0.translateEach(X86_64FourLevel(), in: memory) },
      workload("Swift, format as data, one by one") { $0.translateEach(PagingFormat.x86_64, in: memory) },
      workload("Swift, constant format, 64 at a time") { $0.translateBatch(X86_64FourLevel(), in: memory) },
      workload("Swift, constant format, 1024 at a time") {
        $0.translateBatch(X86_64FourLevel(), in: memory, size: 1024)
      },
      workload("Swift, format as data, 64 at a time") { $0.translateBatch(PagingFormat.x86_64, in: memory) },
      workload("Swift, format as data, 1024 at a time") {
        $0.translateBatch(PagingFormat.x86_64, in: memory, size: 1024)
      },
    ]
    return workloads
  }
}
