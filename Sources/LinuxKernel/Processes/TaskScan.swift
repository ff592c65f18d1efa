import Dispatch
import PageTables
import Synchronization

/// Finds tasks all over RAM, for when the list of tasks is cut: a PID equal to its group's, a leader that is
/// the task itself, a name, and a neighbour on the list that points back or cannot be read.
struct TaskScan {
  let memory: KernelMemory
  let pointers: KernelPointers
  /// From a `task_struct`'s beginning, in bytes.
  private let list: Int
  private let pid: Int
  private let leader: Int
  private let name: Int

  /// Nil if the shape lacks what the scan needs.
  init?(memory: KernelMemory, shape: TaskShape) {
    guard let base = shape.base, let pid = shape.pid, let leader = shape.groupLeader else { return nil }
    self.memory = memory
    pointers = shape.chain.pointers
    list = -base
    self.pid = pid - base
    self.leader = leader - base
    name = shape.chain.nameDistance - base
  }

  /// More tasks than this are not kept.
  private static let limit = 1 << 16

  /// Where `task_struct`s of leaders begin, in ascending order.
  func run() -> [PhysicalAddress] {
    let units = memory.units(ofBytes: 1 << 20)
    let next = Atomic<Int>(0)
    let found = Mutex<[PhysicalAddress]>([])
    DispatchQueue.concurrentPerform(iterations: max(1, min(units.count, ProcessorCount.active))) { _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < units.count else { return }
        let places = candidates(in: units[index]).filter(isTask)
        found.withLock { $0 += places.prefix(Self.limit - $0.count) }
      }
    }
    return found.withLock { $0 }.sorted()
  }

  /// Where a structure may begin: its PID is not zero and equals the next number. That is looked at first,
  /// because it rules nearly everything out.
  private func candidates(in unit: RAMRange) -> [PhysicalAddress] {
    let word = pointers.wordByteCount
    // The PID may lie at a multiple of four only.
    let phase = (pid % word + word) % word
    var places: [PhysicalAddress] = []
    var page = unit.first.rawValue
    while page <= unit.last.rawValue {
      _ = try? memory.memory.withBytes(at: PhysicalAddress(page), count: 4096) { bytes in
        for offset in stride(from: phase, to: 4096, by: word) {
          guard let own = bytes.entry(atByteOffset: offset, byteCount: 4, order: .little),
            own != 0, own <= 1 << 22
          else { continue }
          if let group = bytes.entry(atByteOffset: offset + 4, byteCount: 4, order: .little), group != own {
            continue
          }
          places.append(PhysicalAddress(page + UInt64(offset)).offset(by: -pid))
        }
      }
      page += 4096
    }
    return places
  }

  private func isTask(_ place: PhysicalAddress) -> Bool {
    guard
      memory.word(at: place.offset(by: leader), byteCount: pointers.wordByteCount)
        == pointers.directMapPointer(to: place),
      TaskName(at: place.offset(by: name), in: memory)?.isTelling == true
    else { return false }
    switch TaskLinks(of: place, list: list, memory: memory, pointers: pointers).state {
    case .linked, .halfLinked, .unreadable: return true
    case .forgotten: return false
    }
  }
}
