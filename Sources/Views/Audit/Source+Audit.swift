public import LinuxKernel
public import PageTables

extension Source {
  /// What is known around the tables that an audit looks at.
  public struct AuditSurroundings {
    public var pointers: KernelPointers?
    public var regionName: (@Sendable (VirtualAddress) -> String?)?
  }

  /// - Parameter isWhole: whether all tables are looked at, and not one root of the user's choice.
  public func auditSurroundings(isWhole: Bool) throws(SourceError) -> AuditSurroundings {
    guard isWhole, finder != nil || told != nil else { return AuditSurroundings() }
    let regions = try kernelRegions()
    var surroundings = AuditSurroundings()
    if finder != nil { surroundings.pointers = try findKernel().pointers }
    if let regions { surroundings.regionName = { regions.region(at: $0)?.name } }
    return surroundings
  }
}
