public import PageTables

/// The page tables of one process: what comparisons, reverse maps, audits and statistics start from.
public struct ProcessTables: Hashable, Sendable {
  /// The process that they belong to; of several that share them, the one with the lowest PID.
  public var pid: Int
  /// Its name (`comm`, at most 15 bytes).
  public var command: String
  /// The root that the kernel runs on: with page-table isolation the full one. Where the halves have roots
  /// of their own, `upper` is the kernel's.
  public var root: PageTableRoot
  /// Further processes that use the very same tables (`CLONE_VM`, `vfork`).
  public var sharers: [Int]

  public init(pid: Int, command: String, root: PageTableRoot, sharers: [Int] = []) {
    self.pid = pid
    self.command = command
    self.root = root
    self.sharers = sharers
  }
}

/// All page tables of a system: the master, and one set for each process that has memory of its own.
public struct PageTableSet: Sendable {
  public var format: PagingFormat
  /// The kernel page table (`swapper_pg_dir`), where it is known. Where the halves have roots of their own,
  /// `upper` is it.
  public var master: PageTableRoot?
  public var processes: [ProcessTables]

  public init(format: PagingFormat, master: PageTableRoot?, processes: [ProcessTables]) {
    self.format = format
    self.master = master
    self.processes = processes
  }
}
