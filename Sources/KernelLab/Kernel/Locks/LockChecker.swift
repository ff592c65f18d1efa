/// Follows which CPU holds which locks, and reports a wrong order, a missing lock, and locks that are never
/// given back.
///
/// The lab's code takes locks where Linux does: `locks.acquire(.pageTable(frame))`,
/// `locks.release(.pageTable(frame))`, and `locks.require(...)` where something is changed. While
/// `isChecking` is false each costs one test.
public struct LockChecker: Sendable {
  public var isChecking = false
  /// The CPU whose locks these are; set by the machine.
  public internal(set) var cpu = 0
  public private(set) var findings: [LockFinding] = []
  public private(set) var acquisitionCount: UInt64 = 0
  /// Kinds that code paths forget to take: a scenario's way to show what a missing lock is.
  public var forgotten: Set<Lock.Kind> = []
  /// Each page table of the two lower levels has its own lock. False: the kernel was configured for fewer CPUs
  /// than CONFIG_SPLIT_PTLOCK_CPUS, and `page_table_lock` is for all.
  public var splitsTableLocks = true

  private struct Held: Sendable {
    var cpu: Int
    var lock: Lock
    var site: String
  }

  /// Few at a time: in the order that they were taken.
  private var held: [Held] = []
  /// What a CPU waits for.
  private var waits: [Int: Lock] = [:]
  /// Where each lock was last taken.
  private var lastSites: [Lock: String] = [:]
  /// Pairs of one kind that were taken in this order.
  private var nestings: [Pair: String] = [:]

  private struct Pair: Hashable, Sendable {
    var outer: Lock
    var inner: Lock
  }

  private static var findingLimit: Int { 1000 }
  private static var memoryLimit: Int { 1 << 16 }

  public init() {}

  // MARK: Taking

  /// Takes a lock. `isNested` says that it may be inside another of its kind (two tables in `fork` and
  /// `mremap`).
  @inline(__always)
  public mutating func acquire(
    _ lock: @autoclosure () -> Lock, isNested: Bool = false, site: StaticString = #function
  ) {
    if isChecking { take(lock(), isNested: isNested, site: "\(site)") }
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

  /// The lock of a page table: its own, or its space's where locks are not split.
  @inline(__always)
  public func lock(ofTable frame: UInt64, space: UInt32) -> Lock {
    splitsTableLocks ? .pageTable(frame) : .upperTables(space)
  }

  // MARK: For scenarios

  /// Takes a lock on behalf of a scenario's line. False: another CPU holds it, and this one waits.
  @discardableResult
  public mutating func take(_ lock: Lock, isNested: Bool = false, site: String) -> Bool {
    guard !forgotten.contains(lock.kind) else { return true }
    acquisitionCount &+= 1
    if let holder = held.first(where: { $0.lock == lock }) {
      if holder.cpu == cpu {
        report(.takenTwice, lock, site, nil, holder.site)
      } else {
        waits[cpu] = lock
        noteDeadlock(lock, holder: holder, site: site)
      }
      return false
    }
    waits[cpu] = nil
    checkOrder(lock, isNested: isNested, site: site)
    held.append(Held(cpu: cpu, lock: lock, site: site))
    if lastSites.count < Self.memoryLimit || lastSites[lock] != nil { lastSites[lock] = site }
    return true
  }

  public mutating func giveBack(_ lock: Lock, site: String) {
    guard !forgotten.contains(lock.kind) else { return }
    guard let place = held.lastIndex(where: { $0.lock == lock && $0.cpu == cpu }) else {
      // It waited, and went on all the same: the lab does one thing at a time.
      if waits[cpu] == lock {
        waits[cpu] = nil
        return
      }
      report(.notHeld, lock, site, nil, nil)
      return
    }
    held.remove(at: place)
  }

  public func isHeld(_ lock: Lock) -> Bool { held.contains { $0.lock == lock } }

  /// The locks that a CPU holds, in the order that it took them.
  public func locksHeld(by cpu: Int) -> [Lock] { held.filter { $0.cpu == cpu }.map(\.lock) }

  /// A CPU leaves the kernel, or an action ends: nothing may be held.
  public mutating func expectNoneHeld(site: String) {
    guard isChecking else { return }
    for kept in held where kept.cpu == cpu { report(.keptOnReturn, kept.lock, site, nil, kept.site) }
  }

  public mutating func clearFindings() { findings.removeAll() }

  // MARK: Rules

  private mutating func check(_ lock: Lock, site: String) {
    guard !held.contains(where: { $0.lock == lock && $0.cpu == cpu }) else { return }
    report(.missing, lock, site, nil, lastSites[lock])
  }

  private mutating func checkOrder(_ lock: Lock, isNested: Bool, site: String) {
    for outer in held where outer.cpu == cpu {
      if outer.lock.rank > lock.rank {
        report(.wrongOrder, lock, site, outer.lock, outer.site)
      } else if outer.lock.rank == lock.rank {
        if !isNested { report(.notNested, lock, site, outer.lock, outer.site) }
        if let before = nestings[Pair(outer: lock, inner: outer.lock)] {
          report(.reversed, lock, site, outer.lock, before)
        }
        if nestings.count < Self.memoryLimit { nestings[Pair(outer: outer.lock, inner: lock)] = site }
      }
    }
  }

  private mutating func noteDeadlock(_ lock: Lock, holder: Held, site: String) {
    // Follow who waits for whom; a circle of CPUs is no longer than there are CPUs.
    var current = holder.cpu
    for _ in 0..<waits.count {
      guard let wanted = waits[current], let next = held.first(where: { $0.lock == wanted }) else { return }
      if next.cpu == cpu {
        report(.deadlock, lock, site, wanted, next.site)
        return
      }
      current = next.cpu
    }
  }

  private mutating func report(
    _ kind: LockFinding.Kind, _ lock: Lock, _ site: String, _ other: Lock?, _ otherSite: String?
  ) {
    guard findings.count < Self.findingLimit else { return }
    let finding = LockFinding(
      kind: kind, cpu: cpu, lock: lock, site: site, other: other, otherSite: otherSite)
    if !findings.contains(finding) { findings.append(finding) }
  }
}
