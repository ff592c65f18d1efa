import KernelLab
import TestMemory

/// Processes that map, touch, fork and unmap at random: what page tables of all kinds come out of.
public struct RandomWork {
  private var generator: TestMemory.SeededGenerator
  private var files: [FileObject] = []
  /// Where areas are put: few enough places that they meet, over table boundaries of every level.
  private let windows: [UInt64]
  /// Memory is short: pages are taken away, and areas ask for huge ones.
  private let isPressed: Bool

  public init(seed: UInt64, profile: Profile, isPressed: Bool = false) {
    self.isPressed = isPressed
    generator = TestMemory.SeededGenerator(seed: seed)
    let end = profile.taskSize
    windows = [
      0x40_0000, isPressed ? 0x1000_0000 : 0x40_0000, 0x1ff_0000, 0x3fe0_0000, 0x7fff_0000,
      0x80_0000_0000 - 0x8_0000, 0x2_0000_0000,
    ]
    .filter { $0 < end - 0x200_0000 }
  }

  /// Does `count` things, and calls `body` after each with what was done.
  public mutating func run(
    _ count: Int, on machine: inout Machine, after body: (borrowing Machine, String) throws -> Void
  ) throws {
    if machine.tasks.isEmpty { try machine.spawn("first") }
    if files.isEmpty {
      files = [
        machine.makeFile("data", kind: .sharedMemory, byteCount: 40 * machine.pageByteCount),
        machine.makeFile("disk", kind: .disk, byteCount: 37 * machine.pageByteCount + 5),
      ]
    }
    for _ in 0..<count {
      let done = try step(&machine)
      try body(machine, done)
    }
  }

  /// One thing by one process; what it was.
  private mutating func step(_ machine: inout Machine) throws -> String {
    if machine.tasks.isEmpty { return "spawn = \((try? machine.spawn("again"))?.pid ?? 0)" }
    let task = machine.tasks.sorted { $0.key < $1.key }.randomElement(using: &generator)!.value
    if isPressed, Int.random(in: 0..<4, using: &generator) == 0 { return press(&machine, task) }
    let page = machine.pageByteCount
    let start = windows.randomElement(using: &generator)! + page * .random(in: 0..<64, using: &generator)
    let length = page * .random(in: 1...24, using: &generator)
    let cpu = Int.random(in: 0..<machine.cpus.count, using: &generator)
    let range = "\(String(start, radix: 16))+\(String(length, radix: 16))"
    switch Int.random(in: 0..<16, using: &generator) {
    case 0...2:
      let isFile = Int.random(in: 0..<3, using: &generator) == 0
      let isShared = Bool.random(using: &generator)
      let rights: [AreaFlags] = [
        [.read, .write], [.read], [.read, .write, .execute], [], [.read, .execute],
      ]
      let given = rights.randomElement(using: &generator)!
      var flags: MappingFlags = [.fixed, isShared ? .shared : .private]
      if !isFile { flags.insert(.anonymous) }
      if Int.random(in: 0..<6, using: &generator) == 0 { flags.insert(.populate) }
      let answer = machine.mmap(
        task, at: start, byteCount: length, rights: given, flags: flags,
        file: isFile ? files.randomElement(using: &generator) : nil,
        byteOffset: isFile ? page * .random(in: 0..<32, using: &generator) : 0)
      return "\(task.pid) mmap \(range) \(given.rawValue) \(flags.rawValue) = \(answer)"
    case 3...9:
      // Where there are areas, so that most succeed.
      let area = task.space?.areas.randomElement(using: &generator)
      let address = area.map { $0.start + .random(in: 0..<$0.byteCount, using: &generator) } ?? start
      let kind: MemoryAccess.Kind = Bool.random(using: &generator) ? .write : .read
      try machine.run(task, cpu: cpu)
      let answer = machine.access(kind, at: address, cpu: cpu)
      return "\(task.pid) \(kind) \(String(address, radix: 16)) = \(answer)"
    case 10:
      return "\(task.pid) munmap \(range) = \(machine.munmap(task, at: start, byteCount: length))"
    case 11:
      let rights: [AreaFlags] = [[.read, .write], [.read], []]
      let given = rights.randomElement(using: &generator)!
      return "\(task.pid) mprotect \(range) \(given.rawValue) = "
        + "\(machine.mprotect(task, at: start, byteCount: length, rights: given))"
    case 12:
      return "\(task.pid) dontneed \(range) = "
        + "\(machine.madvise(task, at: start, byteCount: length, advice: 4))"
    case 13 where machine.tasks.count < 4:
      if isPressed { return "\(task.pid) fork = \((try? machine.fork(task))?.pid ?? 0)" }
      return "\(task.pid) fork = \(try machine.fork(task).pid)"
    case 14 where machine.tasks.count > 1:
      machine.exit(task)
      return "\(task.pid) exit"
    default:
      let target = windows.randomElement(using: &generator)! + page * .random(in: 0..<64, using: &generator)
      let answer = machine.mremap(
        task, at: start, oldByteCount: length, newByteCount: length, flags: [.mayMove, .fixed], to: target)
      return "\(task.pid) mremap \(range) to \(String(target, radix: 16)) = \(answer)"
    }
  }

  /// Something that makes memory short, or large pages of small ones and small ones of large ones.
  private mutating func press(_ machine: inout Machine, _ task: Task) -> String {
    let page = machine.pageByteCount
    let huge = machine.hugePageByteCount
    let place = 0x1000_0000 + huge * .random(in: 0..<3, using: &generator)
    let part = place + page * .random(in: 0..<huge / page, using: &generator)
    let length = page * .random(in: 1...huge / page, using: &generator)
    let range = "\(String(part, radix: 16))+\(String(length, radix: 16))"
    switch Int.random(in: 0..<17, using: &generator) {
    case 14...16:
      guard let area = task.space?.areas.randomElement(using: &generator) else { return "nothing" }
      return
        "\(task.pid) fill \(String(area.start, radix: 16)) = \(fill(&machine, task, from: area.start, 300))"
    case 0...2:
      let count = Int.random(in: 1..<200, using: &generator)
      return "reclaim \(count) = \(machine.reclaim(count))"
    case 3: return "swapon = \(machine.swapon("swap", byteCount: 600 * page))"
    case 4: return "swapoff = \(machine.swapoff("swap"))"
    case 5, 6:
      machine.mmap(
        task, at: place, byteCount: 2 * huge, rights: [.read, .write], flags: [.private, .anonymous, .fixed])
      let answer = machine.madvise(task, at: place, byteCount: 2 * huge, advice: 14)
      fill(&machine, task, from: part, 1)
      return "\(task.pid) huge pages at \(String(place, radix: 16)) = \(answer)"
    case 7:
      machine.mmap(
        task, at: place, byteCount: huge, rights: [.read, .write], flags: [.private, .anonymous, .fixed])
      fill(&machine, task, from: place, 20)
      return "\(task.pid) collapse = \(machine.madvise(task, at: place, byteCount: huge, advice: 25))"
    case 8:
      let advice = [4, 8, 20, 21, 14, 15].randomElement(using: &generator)!
      return "\(task.pid) advice \(advice) \(range) = "
        + "\(machine.madvise(task, at: part, byteCount: length, advice: advice))"
    case 9:
      return "\(task.pid) mprotect \(range) = "
        + "\(machine.mprotect(task, at: part, byteCount: length, rights: [.read]))"
    case 10:
      return "\(task.pid) mremap \(range) = "
        + "\(machine.mremap(task, at: place, oldByteCount: huge, newByteCount: huge, flags: [.mayMove, .fixed], to: place + 4 * huge))"
    case 11: return "\(task.pid) mlock \(range) = \(machine.mlock(task, at: part, byteCount: 8 * page))"
    case 12:
      machine.resizeHugePagePool(to: 1)
      let answer = machine.mmap(
        task, at: 0x2000_0000, byteCount: huge, rights: [.read, .write],
        flags: [.private, .anonymous, .fixed, .hugePages, .noReserve])
      return "\(task.pid) fixed huge page = \(answer)"
    default: return "\(task.pid) munmap \(range) = \(machine.munmap(task, at: part, byteCount: length))"
    }
  }

  /// Writes up to `count` pages from an address on, until one cannot be written; how many were.
  @discardableResult
  private func fill(_ machine: inout Machine, _ task: Task, from start: UInt64, _ count: UInt64) -> UInt64 {
    for number in 0..<count {
      guard (try? machine.run(task)) != nil else { return number }
      guard case .completed = machine.access(.write, at: start + number * machine.pageByteCount) else {
        return number
      }
    }
    return count
  }
}
