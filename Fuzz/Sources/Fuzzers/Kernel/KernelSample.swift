import PageTableEditing
import PageTables
import Synchronization
import SyntheticKernels

/// A small kernel's memory: the pages that are not zero, of a kernel that was written when it was first asked for.
struct KernelSample: Sendable {
  var memory = PieceMemory()
  var wordByteCount: Int
  var directMapOffset: UInt64
  /// Pages that the search reads most.
  private var hotPages: [UInt64] = []

  static var count: Int { SyntheticMachine.all.count }

  /// Those that were asked for: to write one takes a second.
  private static let written = Mutex<[Int: KernelSample]>([:])

  /// The kernel of the machine with that number.
  static func number(_ index: Int) -> KernelSample {
    written.withLock { written in
      if let sample = written[index] { return sample }
      guard let sample = try? KernelSample(SyntheticMachine.all[index], seed: UInt64(40 + index)) else {
        preconditionFailure("kernel \(index) cannot be written")
      }
      written[index] = sample
      return sample
    }
  }

  private init(_ machine: SyntheticMachine, seed: UInt64) throws {
    var written = try SparseMemory(
      base: PhysicalAddress(machine.ramStart), byteCount: SyntheticLinux.byteCount)
    var kernel = SyntheticLinux(machine: machine, ramByteCount: SyntheticLinux.byteCount, seed: seed)
    // Each has a page for itself.
    kernel.emptyListCount = 100
    let places = try kernel.write(into: &written)
    wordByteCount = machine.wordByteCount
    directMapOffset = kernel.directMapOffset
    // The last 6 MiB are records of frames and noise.
    for address in stride(
      from: kernel.start, to: kernel.start + SyntheticLinux.byteCount - (6 << 20), by: 4096)
    {
      let page: [UInt8]? = try written.withBytes(at: PhysicalAddress(address), count: 4096) { bytes in
        var copy: [UInt8] = []
        for offset in stride(from: 0, to: 4096, by: 8) {
          let word = bytes.entry(atByteOffset: offset, byteCount: 8, order: .little) ?? 0
          for byte in 0..<UInt64(8) { copy.append(UInt8(truncatingIfNeeded: word >> (8 * byte))) }
        }
        return copy.contains { $0 != 0 } ? copy : nil
      }
      if let page { memory.append(page: page, at: address) }
    }
    var hot: Set<UInt64> = [places.master.lower.rawValue & ~4095, places.master.upper.rawValue & ~4095]
    for task in places.tasks {
      for page in 0..<3 { hot.insert((task.physical & ~4095) + UInt64(page) * 4096) }
      if task.memoryDescriptor != 0 {
        hot.insert(
          (task.memoryDescriptor &- kernel.directMapOffset) & (wordByteCount == 8 ? ~4095 : 0xffff_f000))
      }
    }
    for root in places.roots.values { hot.insert(root.lower.rawValue & ~4095) }
    hotPages = hot.sorted()
  }

  /// The address of a byte of the hot pages, laid end to end, over and over.
  func hotAddress(_ offset: Int) -> PhysicalAddress {
    PhysicalAddress(hotPages[(offset >> 12) % hotPages.count] + UInt64(offset & 4095))
  }
}
