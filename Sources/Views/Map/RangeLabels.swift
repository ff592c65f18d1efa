public import LinuxKernel
public import PageTables

/// What lies behind the ranges of an address space, to be put beside them: areas of the process, regions of
/// the kernel.
public struct RangeLabels: Sendable {
  /// The areas of the process; nil where they are not known, or the space is no process's.
  public let areas: AreaList?
  private let regions: [KernelRegion]
  private let lastUserAddress: VirtualAddress?
  private let format: PagingFormat

  /// What is known of `space`. Where the user names a root himself, nothing is.
  ///
  /// - Parameter last: the last address that will be shown; regions, which cost an enumeration of the kernel
  ///   page table, are looked for only if it is one of the kernel's. Nil for areas only.
  public init(
    of space: AddressSpace, in source: Source, through last: VirtualAddress?
  ) throws(SourceError) {
    format = space.format
    if let kernel = source.knownKernel, space.process != nil || space.root == kernel.masterRoot?.value {
      areas = space.process.flatMap { kernel.process($0.pid) }.map { kernel.areas(of: $0) }
      lastUserAddress = areas == nil ? nil : kernel.lastUserAddress
      let isWanted = last.map { $0 >= kernel.firstKernelAddress } ?? false
      regions = isWanted ? try source.kernelRegions()?.regions.regions ?? [] : []
    } else {
      areas = nil
      lastUserAddress = nil
      regions = []
    }
  }

  /// `range` cut where areas and regions begin and end, each piece with its own.
  public func reports(of range: MappedRange) -> [RangeReport] {
    (areas?.areas ?? []).pieces(of: range).flatMap { piece in
      if let area = piece.stretch { return [RangeReport(piece.range, format: format, area: area)] }
      return regions.pieces(of: piece.range).map { piece in
        RangeReport(
          piece.range, format: format, region: piece.stretch?.name,
          expectsArea: lastUserAddress.map { piece.range.first <= $0 } ?? false)
      }
    }
  }
}
