public import LinuxKernel
import PageTables

extension Source {
  /// All page tables that the source knows: the kernel's and those of its processes.
  public func pageTables() throws(SourceError) -> PageTableSet {
    guard image == nil, let format = kernel?.format ?? spaces.first?.format else {
      throw SourceError(
        "\(name): processes in memory images cannot be found yet; use --cpu N, or --root ADDRESS --paging NAME"
      )
    }
    return PageTableSet(
      format: format, master: kernel?.root,
      processes: spaces.map {
        ProcessTables(pid: $0.process?.pid ?? 0, command: $0.process?.command ?? "", root: $0.root)
      })
  }
}
