public import LinuxKernel
public import PageTables

extension Source {
  /// What is known around the tables that an audit looks at.
  public struct AuditSurroundings {
    public var pointers: KernelPointers?
    public var regionName: (@Sendable (VirtualAddress) -> String?)?
    /// Roots in RAM that no task has.
    public var candidateRoots: [PageTableRoot] = []
    /// What of RAM was not searched for roots, and what else stands behind such a root, in sentences.
    public var gaps: [String] = []
  }

  /// - Parameter isWhole: whether all tables are looked at, and not one root of the user's choice.
  public func auditSurroundings(isWhole: Bool) throws(SourceError) -> AuditSurroundings {
    guard isWhole, finder != nil || told != nil else { return AuditSurroundings() }
    let regions = try kernelRegions()
    var surroundings = AuditSurroundings()
    if finder != nil {
      // Roots that exited processes left behind stay in memory for a while, and look like anybody's.
      let kernel = try isRunning ? findKernel() : findKernelAndRoots()
      surroundings.pointers = kernel.pointers
      surroundings.candidateRoots = kernel.candidateRoots
      surroundings.gaps = (kernel.roots?.gaps ?? []).map { "the search for roots in RAM: \($0)" }
      if !kernel.isTaskListWhole, kernel.roots?.withoutTask.isEmpty == false {
        surroundings.gaps.append(
          "the list of tasks is cut: a root without a process may be that of a task that is missing from it")
      }
    }
    if let regions { surroundings.regionName = { regions.region(at: $0)?.name } }
    return surroundings
  }
}
