internal import Glibc
import PageTables

/// Finds the direct map without symbols: only with its real place do our own page tables lead to a page of ours
/// that holds a random number.
///
/// The distance between virtual and physical addresses is a multiple of 1 GiB on x86-64 and AArch64 (seen on
/// Linux 5.10 to 6.12). The root table is in RAM, so the direct map begins no further below it than RAM is large.
struct DirectMapSearch {
  let channels: BPFChannels
  let ram: [ClosedRange<UInt64>]
  let places: TaskPlaces

  private static let step: UInt64 = 1 << 30

  /// Virtual minus physical address of the direct map.
  func run() throws(RungRefusal) -> UInt64 {
    guard let task = try? channels.use({ channel in channel.currentTask() }) else {
      throw RungRefusal(.failed, "the BPF program was loaded and does not run")
    }
    guard let descriptor = channels.word(atKernelAddress: task &+ UInt64(places.memoryDescriptor)),
      let root = channels.word(atKernelAddress: descriptor &+ UInt64(places.root)), root >> 63 == 1,
      let highest = ram.last?.upperBound
    else {
      throw RungRefusal(
        .failed,
        "the BPF program read no page table of this process; do /sys/kernel/btf/vmlinux and the kernel agree?"
      )
    }
    let witness = Witness()
    var offset = root & ~(Self.step - 1)
    while root &- offset <= highest {
      if matches(offset, root: root, witness: witness) { return offset }
      let (next, underflows) = offset.subtractingReportingOverflow(Self.step)
      guard !underflows else { break }
      offset = next
    }
    throw RungRefusal(
      .failed,
      "the direct map was not found: no distance of whole GiB below 0x\(String(root, radix: 16)) leads "
        + "through this process's tables to its own memory")
  }

  private func matches(_ offset: UInt64, root: UInt64, witness: Witness) -> Bool {
    let memory = LiveMemory(.bpf(BPFMemory(channels: channels, ram: ram, directMapOffset: offset)))
    for format in places.formats {
      let regions = (0..<format.regionCount).map(format.region)
      guard regions.contains(where: { $0.first.rawValue <= root && root <= $0.last.rawValue }) else {
        continue
      }
      let walker = Walker(format: format, root: PageTableRoot(PhysicalAddress(root &- offset)))
      guard let found = walker.translate(witness.address, in: memory).mapping?.physical,
        let value = try? memory.withBytes(
          at: found, count: 8,
          { bytes in
            bytes.entry(atByteOffset: 0, byteCount: 8, order: .little)
          })
      else { continue }
      if value == witness.value { return true }
    }
    return false
  }
}

/// A page of this process that holds a number nobody else has.
@safe
private final class Witness {
  private let page: UnsafeMutablePointer<UInt64>
  let value = UInt64.random(in: .min ... .max)
  var address: VirtualAddress { VirtualAddress(UInt64(UInt(bitPattern: unsafe page))) }

  init() {
    unsafe page = .allocate(capacity: 512)
    unsafe page.initialize(repeating: value, count: 512)
  }

  deinit { unsafe page.deallocate() }
}
