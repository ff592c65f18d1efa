public import LinuxKernel
import PageTables

extension Source {
  /// All page tables of the system: the kernel's own, and one set for each process.
  public func pageTables() throws(SourceError) -> PageTableSet {
    guard image == nil, let format = kernel?.format ?? spaces.first?.format else {
      throw SourceError(
        "\(name): the page tables of all processes cannot be found in memory images yet; "
          + "without -s the built-in machine is looked into")
    }
    return PageTableSet(
      format: format, master: kernel?.root,
      processes: spaces.compactMap { space in
        space.process.map { ProcessTables(pid: $0.pid, command: $0.command, root: space.root) }
      })
  }
}
