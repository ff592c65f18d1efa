public import LinuxKernel
import PageTables

extension SpaceRequest {
  /// The page tables that the user means: those of one root or CPU, if one is named, otherwise all.
  ///
  /// A root without a known process has PID 0.
  public func pageTables(in source: Source) throws(SourceError) -> PageTableSet {
    guard root != nil || cpu != nil else { return try source.pageTables() }
    let space = try resolve(in: source)
    let tables = ProcessTables(
      pid: space.process?.pid ?? 0, command: space.process?.command ?? space.evidence, root: space.root)
    return PageTableSet(format: space.format, master: nil, processes: [tables])
  }
}
