import CReference
import KernelLab
import PageTableEditing
import PageTables

extension Workload {
  /// What the lab's machine does most: accesses that its TLB answers for the most part, first writes to pages,
  /// and copies of address spaces. With all counters on, and events not recorded.
  public static func lab() -> [[Workload]] {
    let streams = [
      ("steps of 64 bytes", Addresses.steps(64)), ("steps of 8 bytes", Addresses.steps(8)),
      ("a page drawn for each 64 accesses", Addresses.drawn(perPage: 64)),
      ("a page drawn for each access", Addresses.drawn(perPage: 1)),
    ]
    return streams.compactMap { accesses($0.0, $0.1) }
      + [faults(), faultsAlone(), forks(), forksAlone()].compactMap { $0 }
  }

  /// A pass over 64 MiB that are all mapped in small pages.
  private static func accesses(_ name: String, _ addresses: [UInt64]) -> [Workload]? {
    guard let lab = Lab(pageCount: Addresses.pageCount), lab.touchAll() == Addresses.pageCount,
      let reference = unsafe Reference(reference_make_buffer())
    else { return nil }
    let group = "lab, accesses to 64 MiB, \(name)"
    return [
      Workload(group, "C, the same buffer, 4 levels, no rights", unit: "accesses", count: addresses.count) {
        unsafe lab.withMemory { memory, root in
          // Sound: the array has as many addresses as are said.
          unsafe addresses.withUnsafeBufferPointer {
            unsafe reference_access_each(reference.state, memory, root, $0.baseAddress, $0.count)
          }
        }
      },
      Workload(group, "the lab's machine", unit: "accesses", count: addresses.count) {
        lab.sum(of: addresses)
      },
    ]
  }

  private static func faults() -> [Workload]? {
    let count = 1 << 15
    guard let lab = Lab(pageCount: count), let reference = unsafe Reference(reference_make_pages(count))
    else { return nil }
    let group = "lab, first writes to \(count) pages and their unmapping"
    return [
      Workload(group, "C, one table, a list of frames, no areas", unit: "faults", count: count) {
        // Sound: the pages are never freed.
        let done = unsafe reference_fault_each(reference.state)
        unsafe reference_unmap_each(reference.state)
        return done
      },
      Workload(group, "the lab's machine", unit: "faults", count: count) {
        let done = lab.touchAll()
        lab.unmapAll()
        return UInt64(done)
      },
    ]
  }

  /// The same, without the unmapping.
  private static func faultsAlone() -> [Workload]? {
    let count = 1 << 15
    guard let lab = Lab(pageCount: count), let reference = unsafe Reference(reference_make_pages(count))
    else { return nil }
    let group = "lab, first writes to \(count) pages"
    return [
      Workload(
        group, "C, one table, a list of frames, no areas", unit: "faults", count: count,
        undo: { unsafe reference_unmap_each(reference.state) },
        run: { unsafe reference_fault_each(reference.state) }),
      Workload(
        group, "the lab's machine", unit: "faults", count: count, undo: { lab.unmapAll() },
        run: { UInt64(lab.touchAll()) }),
    ]
  }

  /// The fork without the child's exit.
  private static func forksAlone() -> [Workload]? {
    let count = 1 << 15
    guard let lab = Lab(pageCount: count), lab.touchAll() == count,
      let reference = unsafe Reference(reference_make_pages(count))
    else { return nil }
    _ = unsafe reference_fault_each(reference.state)
    let name = "lab, fork of \(count) pages"
    return [
      Workload(
        name, "C, one table, no areas", unit: "entries", count: count,
        undo: { unsafe reference_exit(reference.state) }, run: { unsafe reference_fork(reference.state) }),
      Workload(
        name, "the lab's machine", unit: "entries", count: count, undo: { lab.exitChild() },
        run: { lab.fork() }),
    ]
  }

  private static func forks() -> [Workload]? {
    let count = 1 << 15
    guard let lab = Lab(pageCount: count), lab.touchAll() == count,
      let reference = unsafe Reference(reference_make_pages(count))
    else { return nil }
    _ = unsafe reference_fault_each(reference.state)
    let name = "lab, fork of \(count) pages and the child's exit"
    return [
      Workload(name, "C, one table, no areas", unit: "entries", count: count) {
        let done = unsafe reference_fork(reference.state)
        unsafe reference_exit(reference.state)
        return done
      },
      Workload(name, "the lab's machine", unit: "entries", count: count) { lab.forkAndExit() },
    ]
  }
}

/// Where a pass goes.
private enum Addresses {
  static let pageCount = 1 << 14

  static func steps(_ size: UInt64) -> [UInt64] {
    (0..<UInt64(1 << 20)).map { Lab.start + $0 * size % UInt64(pageCount << 12) }
  }

  static func drawn(perPage count: UInt64) -> [UInt64] {
    var random = SplitMix64(seed: 64)
    var page: UInt64 = 0
    return (0..<UInt64(1 << 20)).map { place in
      if place % count == 0 { page = random.next() % UInt64(pageCount) }
      return Lab.start + page << 12 + random.next() % 4096
    }
  }
}

/// What a C loop works on: never freed, and used by one thread.
@safe
private struct Reference: @unchecked Sendable {
  // Sound: only the C that made it looks behind it.
  let state: OpaquePointer

  init?(_ state: OpaquePointer?) {
    guard let state = unsafe state else { return nil }
    unsafe self.state = state
  }
}

/// A machine with a process that has an area; used by one thread.
private final class Lab: @unchecked Sendable {
  static let start: UInt64 = 0x1000_0000
  private var machine: Machine
  private let task: Task
  private var child: Task?
  private let pageCount: Int

  init?(pageCount: Int) {
    var profile = Profile.x86_64
    profile.ramByteCount = 1 << 30
    do {
      var machine = try Machine.boot(profile)
      task = try machine.spawn("init")
      try machine.run(task)
      self.machine = machine
    } catch {
      print(error)
      return nil
    }
    self.pageCount = pageCount
    map()
  }

  private func map() {
    machine.mmap(
      task, at: Self.start, byteCount: UInt64(pageCount) << 12, rights: [.read, .write],
      flags: [.private, .anonymous, .fixed])
  }

  /// Writes to each page; how many faults that were.
  func touchAll() -> Int { machine.touch(Self.start, pageCount) }

  func unmapAll() {
    _ = machine.munmap(task, at: Self.start, byteCount: UInt64(pageCount) << 12)
    map()
  }

  func sum(of addresses: [UInt64]) -> UInt64 { machine.sum(of: addresses) }

  func forkAndExit() -> UInt64 {
    let before = machine.frames.freeCount
    guard let child = try? machine.fork(task) else { return 0 }
    let count = child.space.map { UInt64($0.usage.anonymousPages) } ?? 0
    machine.exit(child)
    return machine.frames.freeCount == before ? count : 0
  }

  /// A child; how many pages it shares.
  func fork() -> UInt64 {
    child = try? machine.fork(task)
    return child?.space.map { UInt64($0.usage.anonymousPages) } ?? 0
  }

  func exitChild() {
    if let child { machine.exit(child) }
    child = nil
  }

  /// RAM in one piece, and the process's root.
  func withMemory(_ body: (reference_memory, UInt64) -> UInt64) -> UInt64 {
    let root = task.space?.root.lower.rawValue ?? 0
    let count = machine.memory.byteCount
    let sum = try? machine.memory.withBytes(at: machine.memory.base, count: count) { bytes in
      // Sound: the pointer is used while the bytes are lent.
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe body(
          reference_memory(
            base: bytes.baseAddress!.assumingMemoryBound(to: UInt8.self), byte_count: UInt64(bytes.count)),
          root)
      }
    }
    return sum ?? 0
  }
}

extension Machine {
  fileprivate mutating func touch(_ start: UInt64, _ pageCount: Int) -> Int {
    let before = counters.minorFaults
    for page in 0..<UInt64(pageCount) { _ = access(.write, at: start &+ page &<< 12) }
    return Int(counters.minorFaults &- before)
  }

  fileprivate mutating func sum(of addresses: [UInt64]) -> UInt64 {
    var sum: UInt64 = 0
    for address in addresses {
      if case .completed(let physical) = access(.read, at: address) { sum &+= physical }
    }
    return sum
  }
}
