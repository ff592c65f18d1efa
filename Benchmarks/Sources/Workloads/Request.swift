import PageTables

/// Addresses of one process.
struct Request: Sendable {
  let root: UInt64
  let addresses: [UInt64]
  private let virtualAddresses: [VirtualAddress]

  /// Those of all processes.
  static func all(of image: SyntheticImage) -> [Request] {
    zip(image.roots, image.addresses).map { Request(root: $0, addresses: $1) }
  }

  var count: Int { addresses.count }

  init(root: UInt64, addresses: [UInt64]) {
    self.root = root
    self.addresses = addresses
    virtualAddresses = addresses.map { VirtualAddress($0) }
  }

  func translateEach(_ format: some FormatSource, in memory: some PhysicalMemory) -> UInt64 {
    let walker = Walker(format: format, root: PageTableRoot(PhysicalAddress(root)))
    // A pointer, as the C beside it has: the array's own iterator would be a sixth of the loop. The sum
    // stands inside, where it stays in a register.
    return unsafe virtualAddresses.withUnsafeBufferPointer { addresses in
      var sum: UInt64 = 0
      var index = 0
      while index < addresses.count {
        sum &+= walker.lookup(unsafe addresses[index], in: memory).physical.rawValue
        index &+= 1
      }
      return sum
    }
  }

  /// - Parameter size: how many addresses are handed over at a time.
  func translateBatch(
    _ format: some FormatSource, in memory: some PhysicalMemory, size: Int = 64
  ) -> UInt64 {
    let walker = Walker(format: format, root: PageTableRoot(PhysicalAddress(root)))
    var answers = [Lookup](
      repeating: Lookup(physical: PhysicalAddress(0), entry: 0, pageSizeBits: 0, depth: 0), count: size)
    var sum: UInt64 = 0
    var done = 0
    while done < virtualAddresses.count {
      let count = min(size, virtualAddresses.count - done)
      var span = answers.mutableSpan
      walker.lookup(virtualAddresses.span.extracting(done..<(done + count)), in: memory, answers: &span)
      for index in 0..<count { sum &+= span[index].physical.rawValue }
      done += count
    }
    return sum
  }
}
