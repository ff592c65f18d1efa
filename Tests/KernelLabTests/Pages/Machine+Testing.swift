import PageTableEditing
import PageTables

@testable import KernelLab

extension Machine {
  /// A machine with 64 MiB of RAM.
  static func small(_ name: String) throws -> Machine {
    guard var profile = Profile.named(name) else { throw MachineError.badArgument(name) }
    profile.ramByteCount = 64 << 20
    return try Machine.boot(profile)
  }

  /// Takes frames until no more than `count` are free.
  mutating func leaveFrames(_ count: Int) {
    while frames.freeCount > count, frames.allocate(kind: .kernel) != nil {}
  }

  /// A private area, or one of a file.
  mutating func map(
    _ task: Task, at address: UInt64 = 0x40_0000, pages: UInt64, flags: MappingFlags = .private,
    file: FileObject? = nil
  ) {
    mmap(
      task, at: address, byteCount: pages * pageByteCount, rights: [.read, .write],
      flags: flags.union(file == nil ? [.fixed, .anonymous] : .fixed), file: file)
  }

  /// What a process does: it writes a word; false if it does not come to it.
  mutating func write(_ word: UInt64, at address: UInt64, by task: Task) throws -> Bool {
    try run(task)
    guard case .completed(let physical) = access(.write, at: address) else { return false }
    try memory.store(entry: word, byteCount: 8, order: .little, at: PhysicalAddress(physical))
    return true
  }

  mutating func read(at address: UInt64, by task: Task) throws -> UInt64? {
    try run(task)
    guard case .completed(let physical) = access(.read, at: address) else { return nil }
    return try memory.load(byteCount: 8, order: .little, at: PhysicalAddress(physical))
  }

  /// Whether a page is in memory and mapped.
  func isPresent(_ address: UInt64, in task: Task) -> Bool {
    guard let space = task.space else { return false }
    if largeEntry(for: address, of: space) != nil { return true }
    guard let slot = slot(for: address, root: space.root, depth: lastDepth) else { return false }
    let entry = entry(at: slot, depth: lastDepth)
    return !entry.isNone && codec.isPresent(entry)
  }

  /// Whether a huge page's entry serves an address.
  func isLarge(_ address: UInt64, in space: AddressSpace?) -> Bool {
    guard let space else { return false }
    return largeEntry(for: address, of: space) != nil
  }

  /// An area of pages of the fixed pool.
  mutating func mapFixed(
    _ task: Task, at address: UInt64, count: UInt64, _ flags: MappingFlags = .private
  ) -> Int64 {
    mmap(
      task, at: address, byteCount: count * hugePageByteCount, rights: [.read, .write],
      flags: flags.union([.anonymous, .fixed, .hugePages]))
  }

  /// Writes page after page from 400000 on, until one does not come; how many came.
  mutating func fill(_ pages: UInt64, by task: Task) throws -> UInt64 {
    for number in 0..<pages where try !write(1, at: 0x40_0000 + number * pageByteCount, by: task) {
      return number
    }
    return pages
  }
}
