import CReference
import PageTables

extension Workload {
  /// Half a million random mapped addresses of each process.
  public static func translation(_ name: String, _ image: SyntheticImage) -> [Workload] {
    let group = "translate \(name)"
    let requests = zip(image.roots, image.addresses).map { Request(root: $0, addresses: $1) }
    let count = requests.map(\.addresses.count).reduce(0, +)
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

/// Addresses of one process.
private struct Request: Sendable {
  let root: UInt64
  let addresses: [UInt64]
  private let virtualAddresses: [VirtualAddress]

  init(root: UInt64, addresses: [UInt64]) {
    self.root = root
    self.addresses = addresses
    virtualAddresses = addresses.map { VirtualAddress($0) }
  }

  func translateEach(_ format: some FormatSource, in memory: some PhysicalMemory) -> UInt64 {
    let walker = Walker(format: format, root: PageTableRoot(PhysicalAddress(root)))
    var sum: UInt64 = 0
    for address in virtualAddresses { sum &+= walker.lookup(address, in: memory).physical.rawValue }
    return sum
  }

  func translateBatch(_ format: some FormatSource, in memory: some PhysicalMemory) -> UInt64 {
    let walker = Walker(format: format, root: PageTableRoot(PhysicalAddress(root)))
    var answers = [Lookup](
      repeating: Lookup(physical: PhysicalAddress(0), entry: 0, pageSizeBits: 0, depth: 0), count: 64)
    var sum: UInt64 = 0
    var done = 0
    while done < virtualAddresses.count {
      let count = min(64, virtualAddresses.count - done)
      var span = answers.mutableSpan
      walker.lookup(virtualAddresses.span.extracting(done..<(done + count)), in: memory, answers: &span)
      for index in 0..<count { sum &+= span[index].physical.rawValue }
      done += count
    }
    return sum
  }
}
