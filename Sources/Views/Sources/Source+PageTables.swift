public import LinuxKernel
import PageTables

extension Source {
  /// All page tables of the source: the kernel's and one set for each process.
  ///
  /// - Throws: if the source does not tell them.
  public func pageTables() throws(SourceError) -> PageTableSet {
    guard image == nil, let kernel else {
      throw SourceError("\(name): the processes of an image cannot be found yet; `-s lab` has its own")
    }
    let processes = spaces.compactMap { space in
      space.process.map { ProcessTables(pid: $0.pid, command: $0.command, root: space.root) }
    }
    return PageTableSet(format: kernel.format, master: kernel.root, processes: processes)
  }
}
