/// Follows which CPU holds which locks, and reports a wrong order, a missing lock, and locks that are never
/// given back.
///
/// The lab's code takes locks where Linux does: `locks.acquire(.pageTable(frame))`,
/// `locks.release(.pageTable(frame))`, and `locks.require(...)` where something is changed. While
/// `isChecking` is false each costs one test.
///
/// The lab does one thing at a time, so a path of the kernel never waits: where another CPU holds what it
/// needs, that is told (``contentions``), and it goes on. A CPU that a scenario lets take a lock does wait.
public struct LockChecker: Sendable {
  public var isChecking = false
  /// The CPU whose locks these are; set by the machine.
  public internal(set) var cpu = 0
  /// What the CPU is at, told before every site: a scenario's line.
  public var origin = ""
  public private(set) var findings: [LockFinding] = []
  /// Those that were reported since somebody last took them, found before or not.
  private var fresh: [LockFinding] = []
  /// Locks that paths of the kernel found taken by another CPU, as sentences.
  public private(set) var contentions: [String] = []
  public private(set) var acquisitionCount: UInt64 = 0
  /// Kinds that code paths forget to take: a scenario's way to show what a missing lock is.
  public var forgotten: Set<Lock.Kind> = []
  /// Each page table of the two lower levels has its own lock. False: the kernel was configured for fewer CPUs
  /// than CONFIG_SPLIT_PTLOCK_CPUS, and `page_table_lock` is for all.
  public var splitsTableLocks = true

  fileprivate struct Held: Sendable {
    var cpu: Int
    var lock: Lock
    var site: String
    /// For reading: others may read, too.
    var isShared = false
    /// A scenario's line took it, and a line gives it back.
    var isExplicit = false
  }

  /// Few at a time: in the order that they were taken.
  private var held: [Held] = []
  /// What a CPU waits for.
  private var waits: [Int: Held] = [:]
  /// Where each lock was last taken.
  private var lastSites: [Lock: String] = [:]
  /// Pairs of one kind that were taken in this order, and pairs of kinds.
  private var nestings: [Pair: Sighting] = [:]
  private var orders: [KindPair: Sighting] = [:]

  private struct Pair: Hashable, Sendable {
    var outer: Lock
    var inner: Lock
  }

  private struct KindPair: Hashable, Sendable {
    var outer: Lock.Kind
    var inner: Lock.Kind
  }

  /// Who took two locks in an order, and where.
  private struct Sighting: Sendable {
    var cpu: Int
    var outer: String
    var inner: String
  }

  private static var findingLimit: Int { 1000 }
  private static var memoryLimit: Int { 1 << 16 }

  public init() {}

  // MARK: Taking

  /// Takes a lock.
  ///
  /// - Parameters:
  ///   - lock: which.
  ///   - isShared: for reading.
  ///   - isNested: it may be inside another of its kind (two tables in `fork` and `mremap`).
  ///   - site: where: Linux's function.
  @inline(__always)
  public mutating func acquire(
    _ lock: @autoclosure () -> Lock, isShared: Bool = false, isNested: Bool = false,
    site: StaticString = #function
  ) {
    if isChecking {
      _ = take(lock(), isShared: isShared, isNested: isNested, isExplicit: false, site: "\(site)")
    }
  }

  /// Takes a lock if nobody has it (`trylock`), which can be in any order: it never waits.
  @inline(__always)
  public mutating func tryAcquire(_ lock: @autoclosure () -> Lock, site: StaticString = #function) -> Bool {
    isChecking ? takeIfFree(lock(), site: "\(site)") : true
  }

  @inline(__always)
  public mutating func release(_ lock: @autoclosure () -> Lock, site: StaticString = #function) {
    if isChecking { giveBack(lock(), site: "\(site)") }
  }

  /// What follows changes what `lock` protects.
  @inline(__always)
  public mutating func require(_ lock: @autoclosure () -> Lock, site: StaticString = #function) {
    if isChecking { check(lock(), site: "\(site)") }
  }

  /// A lock that is held for writing is held for reading from here on (`mmap_write_downgrade`).
  @inline(__always)
  public mutating func downgrade(_ lock: @autoclosure () -> Lock) {
    if isChecking { share(lock()) }
  }

  /// The lock of a page table: its own, or its space's where locks are not split.
  @inline(__always)
  public func lock(ofTable frame: UInt64, space: UInt32) -> Lock {
    splitsTableLocks ? .pageTable(frame) : .upperTables(space)
  }

  // MARK: For scenarios

  /// Takes a lock on behalf of a scenario's line. False: another CPU holds it, and this one waits.
  @discardableResult
  public mutating func take(
    _ lock: Lock, isShared: Bool = false, isNested: Bool = false, site: String
  ) -> Bool {
    take(lock, isShared: isShared, isNested: isNested, isExplicit: true, site: site)
  }

  @inline(never)
  private mutating func take(
    _ lock: Lock, isShared: Bool, isNested: Bool, isExplicit: Bool, site: String
  ) -> Bool {
    guard isExplicit || !forgotten.contains(lock.kind) else { return true }
    acquisitionCount &+= 1
    let new = Held(cpu: cpu, lock: lock, site: full(site), isShared: isShared, isExplicit: isExplicit)
    if let own = held.first(where: { $0.lock == lock && $0.cpu == cpu }) {
      report(.takenTwice, lock, new.site, nil, own.site)
      return false
    }
    checkOrder(new, isNested: isNested)
    if let holder = held.first(where: { $0.lock == lock && !($0.isShared && isShared) }) {
      guard isExplicit else {
        if contentions.count < Self.findingLimit {
          contentions.append(
            "CPU \(cpu), \(new.site): would wait for \(lock), which CPU \(holder.cpu) holds (\(holder.site))")
        }
        held.append(new)
        return false
      }
      waits[cpu] = new
      noteDeadlock(lock, holder: holder, site: new.site)
      return false
    }
    waits[cpu] = nil
    hold(new)
    return true
  }

  @inline(never)
  private mutating func takeIfFree(_ lock: Lock, site: String) -> Bool {
    guard !forgotten.contains(lock.kind) else { return true }
    guard !held.contains(where: { $0.lock == lock }) else { return false }
    acquisitionCount &+= 1
    hold(Held(cpu: cpu, lock: lock, site: full(site)))
    return true
  }

  private mutating func hold(_ new: Held) {
    held.append(new)
    if lastSites.count < Self.memoryLimit || lastSites[new.lock] != nil { lastSites[new.lock] = new.site }
  }

  @inline(never)
  public mutating func giveBack(_ lock: Lock, site: String) {
    guard let place = held.lastIndex(where: { $0.lock == lock && $0.cpu == cpu }) else {
      if forgotten.contains(lock.kind) { return }
      // It gives up waiting.
      if waits[cpu]?.lock == lock {
        waits[cpu] = nil
        return
      }
      report(.notHeld, lock, full(site), nil, nil)
      return
    }
    held.remove(at: place)
    // Whoever waited for it has it now, the CPU with the lowest number first.
    for (waiter, wanted) in waits.sorted(by: { $0.key < $1.key }) where wanted.lock == lock {
      guard !held.contains(where: { $0.lock == lock && !($0.isShared && wanted.isShared) }) else { continue }
      waits[waiter] = nil
      hold(wanted)
    }
  }

  @inline(never)
  private mutating func share(_ lock: Lock) {
    if let place = held.lastIndex(where: { $0.lock == lock && $0.cpu == cpu }) { held[place].isShared = true }
  }

  public func isHeld(_ lock: Lock) -> Bool { held.contains { $0.lock == lock } }

  /// The locks that a CPU holds, in the order that it took them.
  public func locksHeld(by cpu: Int) -> [Lock] { held.filter { $0.cpu == cpu }.map(\.lock) }

  /// What a CPU waits for that a scenario let take it; nil: for nothing.
  public func lockAwaited(by cpu: Int) -> Lock? { waits[cpu]?.lock }

  /// A CPU leaves the kernel, or an action ends: nothing may be held.
  ///
  /// - Parameters:
  ///   - site: where.
  ///   - isScenario: what lines of a scenario took, they may keep.
  public mutating func expectNoneHeld(site: String, isScenario: Bool = false) {
    guard isChecking else { return }
    for kept in held where kept.cpu == cpu && !(isScenario && kept.isExplicit) {
      report(.keptOnReturn, kept.lock, full(site), nil, kept.site)
    }
  }

  public mutating func clearFindings() { findings.removeAll() }

  /// What was found since this was last called.
  mutating func takeFresh() -> [LockFinding] {
    defer { fresh.removeAll() }
    return fresh
  }

  /// Takes the sentences of ``contentions`` away.
  mutating func takeContentions() -> [String] {
    defer { contentions.removeAll() }
    return contentions
  }

  /// Gives a lock back for as long as `take(back:)` is not called: nil if it is not held.
  mutating func setAside(_ lock: Lock) -> SetAside? {
    guard isChecking, let place = held.lastIndex(where: { $0.lock == lock && $0.cpu == cpu }) else {
      return nil
    }
    return SetAside(held: held.remove(at: place))
  }

  mutating func take(back lock: SetAside?) {
    if let lock { held.append(lock.held) }
  }

  /// A lock that its holder goes without for a while.
  struct SetAside {
    fileprivate let held: Held
  }

  // MARK: Rules

  private func full(_ site: String) -> String { origin.isEmpty ? site : "\(origin), \(site)" }

  @inline(never)
  private mutating func check(_ lock: Lock, site: String) {
    guard !held.contains(where: { $0.lock == lock && $0.cpu == cpu }) else { return }
    report(.missing, lock, full(site), nil, lastSites[lock])
  }

  private mutating func checkOrder(_ new: Held, isNested: Bool) {
    let lock = new.lock
    for outer in held where outer.cpu == cpu {
      let sighting = Sighting(cpu: cpu, outer: outer.site, inner: new.site)
      if outer.lock.rank > lock.rank {
        let before = orders[KindPair(outer: lock.kind, inner: outer.lock.kind)]
        report(.wrongOrder, lock, new.site, outer.lock, outer.site, earlier: before.map(Self.text))
      } else if outer.lock.rank == lock.rank {
        if !isNested { report(.notNested, lock, new.site, outer.lock, outer.site) }
        // The kernel's own pairs are the same few places always, each with its reason (a child's table, a moved
        // one), and a table's frame may be another's next time.
        guard new.isExplicit else { continue }
        if let before = nestings[Pair(outer: lock, inner: outer.lock)] {
          report(.reversed, lock, new.site, outer.lock, before.inner, earlier: Self.text(before))
        }
        if nestings.count < Self.memoryLimit { nestings[Pair(outer: outer.lock, inner: lock)] = sighting }
      } else {
        let pair = KindPair(outer: outer.lock.kind, inner: lock.kind)
        if orders[pair] == nil { orders[pair] = sighting }
      }
    }
  }

  private static func text(_ sighting: Sighting) -> String {
    "CPU \(sighting.cpu), \(sighting.outer), then \(sighting.inner)"
  }

  private mutating func noteDeadlock(_ lock: Lock, holder: Held, site: String) {
    // Follow who waits for whom; a circle of CPUs is no longer than there are CPUs.
    var current = holder.cpu
    for _ in 0..<waits.count {
      guard let wanted = waits[current], let next = held.first(where: { $0.lock == wanted.lock }) else {
        return
      }
      if next.cpu == cpu {
        report(.deadlock, lock, site, wanted.lock, next.site)
        return
      }
      current = next.cpu
    }
  }

  private mutating func report(
    _ kind: LockFinding.Kind, _ lock: Lock, _ site: String, _ other: Lock?, _ otherSite: String?,
    earlier: String? = nil
  ) {
    let finding = LockFinding(
      kind: kind, cpu: cpu, lock: lock, site: site, other: other, otherSite: otherSite, earlier: earlier)
    if fresh.count < Self.findingLimit, !fresh.contains(finding) { fresh.append(finding) }
    if findings.count < Self.findingLimit, !findings.contains(finding) { findings.append(finding) }
  }
}
