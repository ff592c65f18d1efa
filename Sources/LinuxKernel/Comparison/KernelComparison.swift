public import PageTables

/// Compares processes' page tables with the kernel page table.
///
/// ```swift
/// var comparison = try KernelComparison(of: tables, in: memory)
/// for process in tables.processes {
///   let result = comparison.compare(process, in: memory)
///   print(process.pid, result.sameCount, result.entries(.deferred).count)
/// }
/// ```
///
/// The level at which entries are copied is not told but found: where both sides have a table and not the
/// same one, the tables are compared, for as far down as that goes. So one function serves i386 and ARM
/// (copies of first-level entries), PAE with page-table isolation and LPAE (copies of second-level tables),
/// and the 64-bit formats (copies of the upper half of the root).
public struct KernelComparison {
  /// Why nothing can be compared.
  public enum SetupError: Error, Hashable, Sendable {
    /// Which table is the kernel's is not known.
    case unknownMaster
    /// The kernel page table has no entry that would tell where the kernel's addresses begin.
    case unknownBorder(master: PhysicalAddress)
  }

  public let format: PagingFormat
  public let master: PageTableRoot
  public let half: KernelHalf
  private var comparer: TableComparer
  private var userPartComparer: TableComparer
  private var copyComparer: TableComparer
  /// The kernel page table's own user copy, if there may be one.
  private let masterCopy: PhysicalAddress?

  /// - Parameters:
  ///   - tables: the format and the kernel page table.
  ///   - kernelStart: the lowest of the kernel's addresses, for 32-bit formats; nil takes it from the kernel
  ///     page table (see ``KernelHalf``).
  ///   - startEvidence: how `kernelStart` is known; that the user said so, if nothing is given.
  /// - Complexity: the tables that lead to the kernel page table's lowest entry are read.
  public init(
    of tables: PageTableSet, kernelStart: VirtualAddress? = nil, startEvidence: Evidence? = nil,
    in memory: borrowing some PhysicalMemory & ~Copyable
  ) throws(SetupError) {
    guard let master = tables.master else { throw .unknownMaster }
    let found = KernelHalf(
      of: tables, master: master, kernelStart: kernelStart, startEvidence: startEvidence, in: memory)
    guard let half = found else { throw .unknownBorder(master: master.lower) }
    self.format = tables.format
    self.master = master
    self.half = half
    comparer = TableComparer(format: format)
    userPartComparer = TableComparer(format: format, ignoring: .execute)
    copyComparer = TableComparer(format: format)
    masterCopy = UserCopyFinder.copy(of: master.lower, format: format)
  }

  /// Compares one process's tables. What cannot be read is told entry by entry.
  ///
  /// - Complexity: the kernel's part of the root is read once, and the tables in which it differs; at most
  ///   64 of them.
  public mutating func compare(
    _ process: ProcessTables, in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> ProcessComparison {
    var result = ProcessComparison(
      process: process, sharing: half.hasOwnRoot ? .separateRoots : .copies, kernelPart: TableComparison())
    for part in half.copied {
      result.kernelPart.append(
        comparer.compare(master: master.lower, process: process.root.lower, in: part, memory: memory))
    }
    result.userCopy = userCopy(of: process, in: memory)
    if result.userCopy != nil {
      let finder = LocalDescriptorTables(reader: comparer.reader)
      finder.explain(&result.kernelPart, in: memory)
      if var copy = result.userCopy {
        finder.explain(&copy.kernelPart, in: memory)
        result.userCopy = copy
      }
    }
    return result
  }

  private mutating func userCopy(
    of process: ProcessTables, in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> ProcessComparison.UserCopy? {
    guard let masterCopy, process.root.lower != master.lower,
      let root = UserCopyFinder.copy(of: process.root.lower, format: format)
    else { return nil }
    let finder = UserCopyFinder(reader: comparer.reader, half: half)
    guard finder.isPair(master: (master.lower, masterCopy), process: (process.root.lower, root), in: memory)
    else { return nil }
    var copy = ProcessComparison.UserCopy(
      root: root, userPart: TableComparison(), kernelPart: TableComparison())
    for part in half.user {
      copy.userPart.append(
        userPartComparer.compare(master: process.root.lower, process: root, in: part, memory: memory))
    }
    for part in half.copied {
      copy.kernelPart.append(
        copyComparer.compare(master: masterCopy, process: root, in: part, memory: memory))
    }
    return copy
  }
}
