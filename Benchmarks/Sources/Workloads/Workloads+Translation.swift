import CReference
import PageTables

extension Workload {
  /// Half a million random mapped addresses of each process.
  public static func translation(_ name: String, _ image: SyntheticImage) -> [Workload] {
    let group = "translate \(name)"
    let requests = Request.all(of: image)
    let count = requests.map(\.count).reduce(0, +)
    let memory = image.memory
    func workload(_ name: String, _ run: @escaping @Sendable (Request) -> UInt64) -> Workload {
      Workload(group, name, unit: "addresses", count: count) { requests.reduce(0) { $0 &+ run($1) } }
    }
    return [
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
      workload("Swift, constant format, one by one") { $0.translateEach(X86_64FourLevel(), in: memory) },
      workload("Swift, format as data, one by one") { $0.translateEach(PagingFormat.x86_64, in: memory) },
      workload("Swift, constant format, 64 at a time") { $0.translateBatch(X86_64FourLevel(), in: memory) },
      workload("Swift, format as data, 64 at a time") { $0.translateBatch(PagingFormat.x86_64, in: memory) },
    ]
  }
}
