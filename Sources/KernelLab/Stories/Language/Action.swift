/// What a line of a scenario does.
public indirect enum Action: Hashable, Sendable {
  // Tasks.
  case spawn(name: String, pid: Expression?)
  case kernelThread(name: String)
  case fork(TaskReference, name: String?)
  case exit(TaskReference)
  case switchTo(TaskReference)
  // Areas.
  case file(name: String, byteCount: Expression, isShared: Bool)
  case map(MapRequest)
  case unmap(TaskReference, RangeExpression)
  case protect(TaskReference, RangeExpression, AreaFlags)
  case advise(TaskReference, RangeExpression, AdviceWord)
  case remap(TaskReference, RangeExpression, byteCount: Expression, target: Expression?)
  case brk(TaskReference, Expression)
  case lock(TaskReference, RangeExpression, isLocked: Bool)
  // Swap.
  case swapon(name: String, byteCount: Expression)
  case swapoff(name: String)
  /// Takes so many pages away from whoever has them, as the kernel does when memory is short.
  case reclaim(Expression)
  // Accesses.
  case access(MemoryAccess.Kind, TaskReference, Expression, value: Expression?)
  // The kernel's addresses.
  case vmalloc(name: String, byteCount: Expression, isModule: Bool)
  case vfree(name: String)
  /// A vmalloc in steps, so that CPUs can be interleaved.
  case begin(name: String, byteCount: Expression, isModule: Bool)
  case advance(name: String, isWhole: Bool)
  case purge
  case flushes(Bool)
  case idle
  case kmap(name: String, TaskReference, Expression, isAtomic: Bool)
  case kunmap(name: String)
  // Huge pages.
  /// Makes the fixed pool so large.
  case hugePagePool(Expression)
  /// One pass of khugepaged.
  case khugepaged
  // Locks.
  case locks(LockAction)
  // Frames.
  /// The next allocations get these frames, in this order.
  case nextFrames([Expression])
  /// Names the number of the frame behind an address.
  case nameFrame(name: String, TaskReference, Expression)
  // Looking.
  case walk(TaskReference, Expression)
  case compare
  case device(pid: Int, address: UInt64)
  case explain(Bool)
  case note(String)
  case define(name: String, Expression)
  case expect(Expectation)
  case `repeat`(count: Expression, variable: String?, body: [Statement])
}

/// What `map` asks for.
public struct MapRequest: Hashable, Sendable {
  public enum Place: Hashable, Sendable {
    case range(RangeExpression)
    /// The kernel chooses.
    case anywhere(byteCount: Expression)
  }

  public enum Option: String, Hashable, Sendable, CaseIterable {
    case huge
    case hugetlb
    case growsdown
    case locked
    case populate
    case noreserve
  }

  public var task: TaskReference
  public var place: Place
  public var rights: AreaFlags
  public var isShared: Bool
  /// Nil for anonymous memory.
  public var file: String?
  /// Where in the file, in bytes.
  public var fileOffset = Expression.number(0)
  public var options: Set<Option> = []
  /// What the first address is called afterwards.
  public var name: String?
}

/// What `advise` may say (madvise), by the names of the manual page.
public enum AdviceWord: String, Hashable, Sendable, CaseIterable {
  case normal
  case random
  case sequential
  case willneed
  case dontneed
  case free
  case remove
  case dontfork
  case dofork
  case hugepage
  case nohugepage
  case wipeonfork
  case keeponfork
  case cold
  case pageout
  case collapse
  case populateRead = "populate-read"
  case populateWrite = "populate-write"
}
