import MemoryImages
import PageTables

/// The paging format, where `mm_struct.pgd` lies and which of the candidates for `task_struct.mm` is right:
/// one answer to three questions, because only the right ones lead to tables that map the kernel.
struct MemoryDescriptorShape {
  var format: PagingFormat
  /// From the task's place in its list to `task_struct.mm`, in bytes.
  var memoryDescriptor: Int
  /// `mm_struct.pgd`, in bytes.
  var pgd: Int
  var wordByteCount: Int
  /// How many different `mm_struct`s were looked at, and how many of them had a root there.
  var descriptorCount: Int
  var rootCount: Int
  /// Those roots.
  var roots: [PhysicalAddress]
  /// Whether they translate the kernel's pointers. Where the tables for that are lost, they have pages for user
  /// mode, and the same entries for the kernel.
  var isProven: Bool
  /// Members of the right kind have many values in many tasks.
  fileprivate var rank: (Int, Int) { (isProven ? 1 : 0, rootCount + descriptorCount) }

  /// Other combinations that passed as well, in words; should be empty.
  var rivals: [String]
}

/// Finds roots by what they must translate.
struct MemoryDescriptorSearch {
  let memory: KernelMemory
  let chain: TaskChain
  let formats: [PagingFormat]
  /// Where `task_struct.mm` may be, from the task's place in its list.
  let members: [Int]
  /// `mm_struct.pgd`, if it is known.
  let pgd: Int?

  /// `pgd` is among the first members of `mm_struct`; Linux 6.12's is at 120.
  private static let reachBytes = 2048

  private var word: Int { chain.pointers.wordByteCount }

  /// The best combination, or nil if none has a root in at least four of five `mm_struct`s.
  func run() -> MemoryDescriptorShape? {
    var passed: [MemoryDescriptorShape] = []
    for member in members {
      let descriptors = self.descriptors(at: member)
      guard !descriptors.isEmpty else { continue }
      // What lies behind the next `mm_struct`'s beginning is not this one's.
      let reachBytes = min(Self.reachBytes, descriptors.smallestDistance ?? Self.reachBytes)
      for offset in pgd.map({ [$0] }) ?? Array(stride(from: 0, to: reachBytes, by: word)) {
        if let shape = judge(offset, of: descriptors, member: member) { passed.append(shape) }
      }
    }
    guard let most = passed.max(by: { $0.rank < $1.rank }) else { return nil }
    // `mm_struct`s lie side by side: what is true of one's member is true of the next one's, a size further.
    var best =
      passed.filter { $0.memoryDescriptor == most.memoryDescriptor && $0.rootCount * 2 >= most.rootCount }
      .min { $0.pgd < $1.pgd } ?? most
    best.rivals = passed.filter {
      ($0.memoryDescriptor, $0.pgd) != (best.memoryDescriptor, best.pgd)
        || "\($0.format.name)" != "\(best.format.name)"
    }.map { "\($0.format.name) at mm+\($0.memoryDescriptor), pgd+\($0.pgd): \($0.rootCount)" }
    return best
  }

  /// Up to 24 different places that the tasks' words at `member` point at.
  private func descriptors(at member: Int) -> [PhysicalAddress] {
    var found: [PhysicalAddress] = []
    for node in chain.nodes.reversed() {
      guard let pointer = memory.word(at: node.offset(by: member), byteCount: word), pointer != 0,
        let place = chain.pointers.physical(of: pointer, in: memory), !found.contains(place)
      else { continue }
      found.append(place)
      if found.count == 24 { break }
    }
    return found
  }

  private func judge(_ offset: Int, of descriptors: [PhysicalAddress], member: Int) -> MemoryDescriptorShape?
  {
    var roots: [PhysicalAddress] = []
    // On a list that is cut there may be tasks that have exited, whose memory has been used again.
    var exceptionCount = chain.isClosed ? 0 : descriptors.count / 5
    for descriptor in descriptors {
      // `mm_struct`s are different, and so are their roots.
      guard let pointer = memory.word(at: descriptor.offset(by: offset), byteCount: word) else { continue }
      // The smallest roots have 16 bytes (AArch64, 48 bits, pages of 16 KiB).
      guard let place = chain.pointers.target(of: pointer, in: memory), place.rawValue & 15 == 0,
        !roots.contains(place)
      else {
        exceptionCount -= 1
        guard exceptionCount >= 0 else { return nil }
        continue
      }
      roots.append(place)
    }
    guard let first = roots.first else { return nil }
    let witnesses = [first, descriptors[0]] + chain.nodes.suffix(1).filter { $0 != chain.idleNode }
    var best: MemoryDescriptorShape?
    for format in formats {
      if let best, format.rootTableByteCount <= best.format.rootTableByteCount { continue }
      let test = RootTest(
        format: format, memory: memory, pointers: chain.pointers, witnesses: witnesses,
        imageWitness: chain.idleNode)
      // The first table that can be read decides quickly against nearly every wrong place.
      guard roots.prefix(3).contains(where: { test.processVerdict(of: $0) != .fails }) else { continue }
      let verdicts = roots.map { test.processVerdict(of: $0) }
      var passed = zip(roots, verdicts).filter { $0.1 == .passes }.map(\.0)
      guard passed.count * 5 >= verdicts.count(where: { $0 != .cannotTell }) * 4 else { continue }
      let isProven = !passed.isEmpty
      if passed.isEmpty { passed = alike(roots, test) }
      guard !passed.isEmpty else { continue }
      // The beginning of a table of 16 KiB is a fine one of 4 KiB, but that does not explain the rest of it.
      if let best {
        let own = format.rootTableByteCount
        guard
          passed.contains(where: {
            !memory.words(in: best.format.rootTableByteCount..<own, behind: $0).isEmpty
          })
        else { continue }
      }
      best = MemoryDescriptorShape(
        format: format, memoryDescriptor: member, pgd: offset, wordByteCount: word,
        descriptorCount: descriptors.count,
        rootCount: passed.count, roots: passed, isProven: isProven,
        rivals: [])
      // Where the kernel's half is in it, the table was told by what it translates.
      guard test.isSeparate else { break }
    }
    return best
  }

  /// The roots, where the tables that they share cannot be read: at least three that have pages for user mode
  /// and lead to the same tables of the kernel's, and nearly all that can be read.
  private func alike(_ roots: [PhysicalAddress], _ test: RootTest) -> [PhysicalAddress] {
    var groups: [[Int: PhysicalAddress]: [PhysicalAddress]] = [:]
    var readableCount = 0
    for root in roots where memory.contains(root) {
      readableCount += 1
      guard test.userVerdict(of: root) == .passes, let entries = test.kernelEntries(of: root) else {
        continue
      }
      groups[entries, default: []].append(root)
    }
    guard let best = groups.values.max(by: { $0.count < $1.count }), best.count >= 3,
      best.count * 5 >= readableCount * 3
    else { return [] }
    return best
  }
}

extension PagingFormat {
  /// The size of a root table for the lowest region.
  var rootTableByteCount: Int {
    let region = region(0)
    return Int(level(Int(region.firstDepth)).entryByteCount) << Int(region.firstIndexBits)
  }
}

extension KernelMemory {
  /// Where the words of 8 bytes at `offsets` from `place` on are not zero.
  func words(in offsets: Range<Int>, behind place: PhysicalAddress) -> [PhysicalAddress] {
    stride(from: offsets.lowerBound, to: offsets.upperBound, by: 8).map { place.offset(by: $0) }
      .filter { word(at: $0, byteCount: 8).map { $0 != 0 } ?? false }
  }
}
