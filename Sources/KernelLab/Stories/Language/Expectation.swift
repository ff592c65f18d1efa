/// What `expect` states about the machine. Looking changes nothing: neither entries nor TLBs.
public enum Expectation: Hashable, Sendable {
  /// The tables map the address, and what else is said of it.
  case mapped(TaskReference, Expression, [MappingDetail])
  case notPresent(TaskReference, Expression)
  case swapped(TaskReference, Expression)
  case frames(TaskReference, Expression, TaskReference, Expression, areSame: Bool)
  case value(TaskReference, Expression, Expression)
  /// Of the last access.
  case fault(ExpectedOutcome)
  /// Top-level entries of the kernel's half that the process lacks, or has and the kernel has not.
  case kernelEntries(TaskReference, isStale: Bool, count: Expression)
  case measure(SpaceMeasure, of: TaskReference, is: Expression)
  case counter(String, Expression)
  case frameCount(TaskReference, Expression, isReferences: Bool, count: Expression)
  /// A CPU's TLB holds a translation of the address for the process.
  case tlb(TaskReference, Expression, isHeld: Bool)
  case area(TaskReference, Expression, rights: AreaFlags?)
  case noArea(TaskReference, Expression)
  /// A CPU, or any, has a lock.
  case lock(LockReference, isHeld: Bool)
}

/// What a mapping can be asked for.
public enum MappingDetail: Hashable, Sendable {
  case frame(Expression)
  case physical(Expression)
  /// A subset of `rwxu`, exactly.
  case rights(String)
  case pageSize(Expression)
}

/// What the kernel counts of an address space: the names are those of `/proc/PID/status` and of
/// `/proc/PID/stat`.
public enum SpaceMeasure: String, Hashable, Sendable, CaseIterable {
  case vmPTE = "VmPTE"
  case vmSize = "VmSize"
  case vmLck = "VmLck"
  case vmSwap = "VmSwap"
  case vmRSS = "VmRSS"
  case rssAnon = "RssAnon"
  case rssFile = "RssFile"
  case rssShmem = "RssShmem"
  case hugetlbPages = "HugetlbPages"
  case minorFaults = "minflt"
  case majorFaults = "majflt"
  case areas
}
