import PageTables

/// Where the members of `task_struct` lie, as told by what is true of them in all tasks of a list.
///
/// Offsets are kept from the task's place in the list while the structure's beginning is not known.
struct TaskShape {
  let memory: KernelMemory
  let chain: TaskChain

  /// From the node in the list to the member, in bytes.
  private(set) var pid: Int?
  private(set) var groupLeader: Int?
  /// From the node to the structure's beginning; negative.
  private(set) var base: Int?
  private(set) var parent: Int?
  private(set) var flags: Int?
  /// Where an `mm` and an `active_mm` may be, side by side: there can be several until the roots decide.
  private(set) var memoryDescriptors: [Int] = []
  /// What was seen, for each member.
  private(set) var evidence: [String: Evidence] = [:]

  /// The tasks that are looked at: enough to tell members apart, few enough for a list of a million.
  private let sample: ObjectColumns
  /// Objects do not overlap: a `task_struct` is no longer than the two that lie closest together are apart, in
  /// bytes. What lies further away is a neighbour's.
  private let longestByteCount: Int
  private static let sampleSize = 96

  init(memory: KernelMemory, chain: TaskChain) {
    self.memory = memory
    self.chain = chain
    let step = max(1, (chain.nodes.count + Self.sampleSize - 1) / Self.sampleSize)
    var origins = stride(from: 0, to: chain.nodes.count, by: step).map { chain.nodes[$0] }
    // The first ones are known: the idle task, PID 1, kthreadd. The last ones are the users' processes.
    origins = Array(
      ([chain.idleNode].compactMap(\.self) + chain.nodes.prefix(4) + origins.dropFirst(4 / step)
        + chain.nodes.suffix(32)).uniqued())
    longestByteCount = chain.nodes.filter { $0 != chain.idleNode }.smallestDistance ?? 4 * Self.reachBytes
    sample = ObjectColumns(
      memory: memory, wordByteCount: chain.pointers.wordByteCount, origins: origins)
    findPIDAndBase()
    findParent()
    findMemoryDescriptors()
    findFlags()
  }

  /// Whether what lies `offset` bytes from the task's place in the list is the task's own, if the task begins
  /// at `base`.
  private func isOwn(_ offset: Int, base: Int) -> Bool {
    base <= offset && offset - base < longestByteCount
  }

  private var word: Int { chain.pointers.wordByteCount }
  /// How far from the list a member may lie, in bytes.
  private static let reachBytes = 4096

  private func name(_ index: Int) -> String? {
    TaskName(at: sample.origins[index].offset(by: chain.nameDistance), in: memory)?.text
  }

  private func pointer(to place: PhysicalAddress) -> UInt64 {
    isInImage(place)
      ? (place.rawValue &+ chain.pointers.imageOffset) & chain.pointers.wordMask
      : chain.pointers.directMapPointer(to: place)
  }

  /// The idle task is the only one that is part of the image.
  private func isInImage(_ place: PhysicalAddress) -> Bool { place == chain.idleNode }

  /// The idle task's place in the sample.
  private var idleIndex: Int? { sample.origins.firstIndex { $0 == chain.idleNode } }

  // MARK: pid, tgid

  /// 32-bit numbers, all different, 0 for the idle task, 2 for kthreadd, equal to the number behind them:
  /// every task of the list leads its group. Others can be called kthreadd, too, and where the list is cut they may
  /// be the only ones on it.
  private mutating func findPIDAndBase() {
    let kthreadds = sample.origins.indices.filter { name($0) == "kthreadd" }
    var found: [(offset: Int, rises: Int)] = []
    for offset in stride(from: -Self.reachBytes, to: Self.reachBytes, by: 4) {
      guard sample.lazyWords32(at: offset).isPIDs(zeroAt: idleIndex) else { continue }
      let first = sample.words32(at: offset)
      let isKthreadd = kthreadds.contains { first[$0] == 2 || first[$0] == nil }
      guard isKthreadd || kthreadds.isEmpty || !chain.isClosed else { continue }
      guard zip(first, sample.words32(at: offset + 4)).allSatisfy({ $0 == nil || $1 == nil || $0 == $1 })
      else { continue }
      // The list is in the order of creation, and so are PIDs, until they wrap.
      let known = first.compactMap { $0 }
      let rises = zip(known, known.dropFirst()).count { $0 < $1 }
      found.append((offset, isKthreadd ? rises + known.count : rises))
    }
    let other =
      found.count == 1 ? "no other column is" : "\(found.count) columns are, this one leads to leaders"
    // Tasks lie side by side: a column of the next one looks the same, but its leader is not the task itself.
    for candidate in found.sorted(by: { $1.rises < $0.rises }) {
      pid = candidate.offset
      findBase()
      guard base == nil else { break }
    }
    if base == nil { pid = found.max { $0.rises < $1.rises }?.offset }
    guard pid != nil else { return }
    note(
      "pid",
      "numbers all different, equal to the next word, over \(sample.origins.count) tasks; \(other)")
  }

  // MARK: group_leader: the structure's beginning

  /// A leader's `group_leader` points at its own beginning: a constant distance back from its own list node.
  private mutating func findBase() {
    guard let pid else { return }
    let start = (pid + 8 + Self.reachBytes * 2) / word * word - Self.reachBytes * 2
    for offset in stride(from: start, to: start + 512, by: word) {
      var distances: Set<Int> = []
      var count = 0
      for (place, value) in zip(sample.origins, sample.words(at: offset)) {
        guard let value else { continue }
        count += 1
        let difference = Int(truncatingIfNeeded: value &- pointer(to: place))
        distances.insert(word == 4 ? Int(Int32(truncatingIfNeeded: difference)) : difference)
        if distances.count > 1 { break }
      }
      guard count >= 2, distances.count == 1, let distance = distances.first, distance <= 0,
        distance >= -2 * Self.reachBytes, distance % word == 0,
        // A list that is empty in all tasks points at itself, not at the beginning.
        distance != offset, distance != offset - word,
        [0, pid, offset, chain.nameDistance].allSatisfy({ isOwn($0, base: distance) })
      else { continue }
      base = distance
      groupLeader = offset
      note("group_leader", "points \(-distance) bytes before the task's own place in the list, in all tasks")
      return
    }
  }

  /// The first pointer behind the PID that is the beginning of some task: nearly always, because a thread
  /// that is not on the list may have forked.
  private mutating func findParent() {
    guard let pid, let base, let groupLeader else { return }
    var all = Set(chain.nodes.map { beginning(of: $0, base: base) })
    for pointer in sample.words(at: groupLeader) { pointer.map { _ = all.insert($0) } }
    let start = (pid + 8 + Self.reachBytes * 2) / word * word - Self.reachBytes * 2
    for offset in stride(from: start, to: start + 256, by: word) where offset != groupLeader {
      let values = sample.words(at: offset).compactMap { $0 }
      let hits = values.count { all.contains($0) }
      guard values.count >= 2, hits * 10 >= values.count * (chain.isClosed ? 9 : 5),
        values.allSatisfy({ chain.pointers.target(of: $0, in: memory) != nil })
      else { continue }
      parent = offset
      note(
        "real_parent",
        "the beginning of a task of the list in \(hits) of \(values.count); the first such word")
      return
    }
  }

  private func beginning(of node: PhysicalAddress, base: Int) -> UInt64 {
    (pointer(to: node) &+ UInt64(truncatingIfNeeded: base)) & chain.pointers.wordMask
  }

  // MARK: mm, active_mm

  /// Two words, the first 0 or equal to the second; both pointers into the direct map for PID 1 and others.
  private mutating func findMemoryDescriptors() {
    guard let base, let pid else { return }
    let kthreadd = sample.words32(at: pid).firstIndex(of: 2)
    let threads = [idleIndex, kthreadd].compactMap(\.self)
    let end = min(chain.nameDistance + Self.reachBytes, base + longestByteCount - word)
    for offset in stride(from: base, to: max(base, end), by: word) {
      // Kernel threads have none: that rules most words out.
      guard threads.allSatisfy({ sample.word(of: $0, at: offset) ?? 0 == 0 }) else { continue }
      let own = sample.words(at: offset)
      let distinct = Set(own.compactMap { $0 }.filter { $0 != 0 })
      guard distinct.count >= 1, own.contains(0) || own.count <= 3 else { continue }
      // On a list that is cut there may be tasks that have exited, whose memory has been used again.
      let limit = chain.isClosed ? 0 : own.count / 16
      let active = sample.words(at: offset + word)
      guard
        distinct.count(where: { chain.pointers.target(of: $0, in: memory) == nil || $0 % 8 != 0 }) <= limit,
        zip(own, active).count(where: { $0 != nil && $1 != nil && $0 != 0 && $0 != $1 }) <= limit
      else { continue }
      memoryDescriptors.append(offset)
      if memoryDescriptors.count == 64 { return }
    }
  }

  // MARK: flags

  /// `PF_KTHREAD` (0x00200000, include/linux/sched.h, since 2.6.27) is set in every task without memory but
  /// for the exited, and in none with memory.
  private mutating func findFlags() {
    guard let base, let parent, let pid else { return }
    let kthreadd = sample.origins.indices.first {
      memory.word(at: sample.origins[$0].offset(by: pid), byteCount: 4) == 2
    }
    guard let kthreadd else { return }
    let kthreaddPointer = beginning(of: sample.origins[kthreadd], base: base)
    let parents = sample.words(at: parent)
    var found: [Int] = []
    for offset in stride(from: base, to: pid, by: 4) {
      let column = sample.words32(at: offset)
      var isFlags = true
      for index in sample.origins.indices {
        guard let value = column[index] else { continue }
        let pidValue = memory.word(at: sample.origins[index].offset(by: pid), byteCount: 4)
        // The upper half of a kernel's pointer has that bit, too.
        guard value >> 24 != 0xff else {
          isFlags = false
          break
        }
        let isThread = value & 0x0020_0000 != 0
        if pidValue == 1 || value == 0 {
          isFlags = !isThread && (pidValue != 1 || value != 0) && isFlags
        } else if index == kthreadd || parents[index] == kthreaddPointer {
          isFlags = isFlags && isThread
        }
        if pidValue != 0, value == 0 { isFlags = false }
        guard isFlags else { break }
      }
      if isFlags { found.append(offset) }
    }
    guard let first = found.first(where: hasNeighboursOfFlags) ?? found.first else { return }
    flags = first
    note(
      "flags",
      "PF_KTHREAD is set in kthreadd and all its children, and not in PID 1"
        + (found.count == 1 ? "" : "; one of \(found.count) such columns"))
  }

  /// Whether the words beside a column can be those beside `flags`: a count of users (`usage`), and what a
  /// debugger wants (`ptrace`), which nearly nobody has.
  private func hasNeighboursOfFlags(_ offset: Int) -> Bool {
    let pairs = zip(sample.words32(at: offset - 4), sample.words32(at: offset + 4)).compactMap {
      usage, ptrace in
      usage.flatMap { usage in ptrace.map { (usage, $0) } }
    }
    return pairs.count { (1..<1 << 16).contains($0.0) && $0.1 == 0 } * 10 >= pairs.count * 9
  }

  /// The same where kthreadd is not known: `PF_KTHREAD` is set in the tasks without memory, nearly all of which
  /// are kernel threads, and not in those with memory.
  mutating func findFlags(memoryDescriptor: Int) {
    guard flags == nil, let base, let pid else { return }
    let descriptors = sample.words(at: memoryDescriptor)
    var found: [(offset: Int, detail: String)] = []
    for offset in stride(from: base, to: pid, by: 4) {
      var agreeing = 0
      var threads = 0
      var count = 0
      for (index, value) in sample.words32(at: offset).enumerated() {
        guard let value, let descriptor = descriptors[index], index != idleIndex else { continue }
        count += 1
        let isThread = value & 0x0020_0000 != 0 && value >> 24 != 0xff
        threads += isThread ? 1 : 0
        agreeing += isThread == (descriptor == 0) ? 1 : 0
      }
      guard threads >= 2, threads < count, agreeing * 20 >= count * 19 else { continue }
      found.append((offset, "PF_KTHREAD is set where there is no mm, in \(agreeing) of \(count) tasks"))
    }
    guard let best = found.first(where: { hasNeighboursOfFlags($0.offset) }) ?? found.first else { return }
    flags = best.offset
    note("flags", best.detail)
  }

  private mutating func note(_ member: String, _ detail: String) {
    evidence[member] = Evidence(.shape, detail)
  }
}

extension Sequence<UInt64?> {
  /// Whether these can be the PIDs of different tasks.
  func isPIDs(zeroAt zeroIndex: Int?) -> Bool {
    var seen: Set<UInt64> = []
    for (index, value) in enumerated() {
      guard let value else { continue }
      guard value <= 1 << 22, (value == 0) == (index == zeroIndex) else { return false }
      guard seen.insert(value).inserted else { return false }
    }
    return seen.count >= 2
  }
}

extension Sequence where Element: Hashable {
  /// The elements in order, each once.
  func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
