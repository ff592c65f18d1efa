import PageTables
import Testing

@testable import LinuxKernel

/// Debian has no kernel with pages of 16 KiB and 48 bits, so one of 47 bits is made one: above each root comes a
/// table of two entries that names it, and all that points at the root points at that table. The memory around
/// them stays a real kernel's.
@Suite("A real kernel with roots of two entries")
struct WidenedRootTests {
  static let guests = Guest.built.filter { $0.truth.pagingFormat == "aarch64-16k" }

  /// Memory with some of its words changed.
  struct Patches: PhysicalMemory {
    var base: any PhysicalMemory & Sendable
    /// By page of 4 KiB.
    var words: [UInt64: [(place: UInt64, word: UInt64)]] = [:]

    mutating func set(_ word: UInt64, at place: UInt64) {
      words[place >> 12, default: []].append((place, word))
    }

    func withBytes<Answer>(
      at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
    ) throws(MemoryFault) -> Answer {
      let first = address.rawValue
      guard count > 0, first < 1 << 48 else { return try base.withBytes(at: address, count: count, body) }
      let last = first + UInt64(count - 1)
      let changes = (first >> 12...last >> 12).flatMap { words[$0] ?? [] }
      guard !changes.isEmpty else { return try base.withBytes(at: address, count: count, body) }
      var bytes = try base.withBytes(at: address, count: count) { span in
        (0..<count).map { UInt8(span.entry(atByteOffset: $0, byteCount: 1, order: .little) ?? 0) }
      }
      for (place, word) in changes {
        for byte in 0..<UInt64(8) where (first...last).contains(place + byte) {
          bytes[Int(place + byte - first)] = UInt8(truncatingIfNeeded: word >> (8 * byte))
        }
      }
      return body(bytes.span.bytes)
    }
  }

  /// The widened memory, and the new root of each old one; the kernel's among them.
  private func widened(_ memory: KernelMemory, _ kernel: Kernel) throws -> (
    memory: KernelMemory, roots: [PhysicalAddress: PhysicalAddress]
  ) {
    let master = try #require(kernel.master?.value)
    let old = Set(kernel.tasks.compactMap { $0.kind == .process ? $0.root?.lower : nil }).sorted()
    // The kernel's root keeps a page of its image, the others get a page of any memory.
    let image = master.rawValue - 4 << 20...master.rawValue + 4 << 20
    var free: UInt64?
    var freeInImage: UInt64?
    var pointers: [UInt64: UInt64] = [:]
    var places: [(place: UInt64, word: UInt64)] = []
    for root in old { pointers[kernel.pointers.directMapPointer(to: root)] = 0 }
    pointers[kernel.pointers.imagePointer(to: master)] = 0
    for range in memory.ranges {
      var page = (range.first.rawValue + 0x3fff) & ~0x3fff
      while page + 0x3fff <= range.last.rawValue {
        var isEmpty = true
        try memory.memory.withBytes(at: PhysicalAddress(page), count: 0x4000) { bytes in
          for offset in stride(from: 0, to: 0x4000, by: 8) {
            let word = bytes.entry(atByteOffset: offset, byteCount: 8, order: .little) ?? 0
            guard word != 0 else { continue }
            isEmpty = false
            if word & 0x3fff == 0, pointers[word] != nil { places.append((page + UInt64(offset), word)) }
          }
        }
        if isEmpty, image.contains(page) { freeInImage = freeInImage ?? page }
        if isEmpty, !image.contains(page) { free = free ?? page }
        page += 0x4000
      }
    }
    var patches = Patches(base: memory.memory)
    var roots: [PhysicalAddress: PhysicalAddress] = [:]
    let page = try #require(free)
    for (index, root) in old.enumerated() {
      // Every third object of the page is free.
      let place = page + UInt64(index + index / 2) << 4
      patches.set(root.rawValue | 3, at: place)
      roots[root] = PhysicalAddress(place)
      pointers[kernel.pointers.directMapPointer(to: root)] =
        kernel.pointers.directMapPointer(to: PhysicalAddress(place))
    }
    let newMaster = PhysicalAddress(try #require(freeInImage))
    patches.set(master.rawValue | 3, at: newMaster.rawValue + 8)
    roots[master] = newMaster
    pointers[kernel.pointers.imagePointer(to: master)] = kernel.pointers.imagePointer(to: newMaster)
    for (place, word) in places { patches.set(pointers[word] ?? 0, at: place) }
    return (KernelMemory(patches, ranges: memory.ranges), roots)
  }

  @Test("tasks, roots and the kernel page table are found as before", arguments: guests)
  func finds(_ guest: Guest) throws {
    let memory = try guest.kernelMemory()
    let kernel = try KernelSearch().run(in: memory)
    let (widened, roots) = try widened(memory, kernel)
    var found = try KernelSearch().run(in: widened)
    #expect(found.format.name.description == "aarch64-16k" && found.format.virtualAddressBits == 48)
    #expect(found.master?.value == roots[try #require(kernel.master?.value)])
    for (before, after) in zip(kernel.tasks, found.tasks) {
      #expect(after.pid == before.pid && after.root?.lower == before.root.flatMap { roots[$0.lower] })
    }
    let processes = Set(found.tasks.compactMap { $0.kind == .process ? $0.root?.lower : nil })
    #expect(processes.count >= 8)
    // And from the tables alone.
    let result = RootScan(widened).run()
    let best = try #require(result.best, "\(result.formats.map { "\($0.format.name) \($0.score)" })")
    #expect(best.format.virtualAddressBits == 48)
    #expect(best.master == found.master?.value)
    let seen = Set(best.processes.map(\.root))
    print("guest \(guest.name), widened: \(processes.count) roots, \(seen.count) in RAM")
    #expect(processes.isSubset(of: seen))
    // One more may belong to a task that has come or gone.
    #expect(seen.subtracting(processes).count <= 1)
    found.weighRoots()
    #expect(found.roots?.unconfirmed.isEmpty == true)
  }
}
