import LinuxKernel
public import PageTables

/// The reverse map of a source, and what can be asked of it.
public struct FrameSearch: Sendable {
  let source: Source
  let map: ReverseMap
  let regions: KernelRegionMap?
  /// The kernel's own records of frames; nil where there is no kernel.
  let records: FrameRecordSearch.Answer?

  /// Reads all page tables of `source`.
  ///
  /// - Parameter progress: told now and then how far it is, from 0 to 1.
  public init(_ source: Source, progress: (@Sendable (Double) -> Void)? = nil) throws(SourceError) {
    let tables = try source.pageTables()
    self.source = source
    regions = try source.kernelRegions()
    if let image = source.image {
      map = ReverseMap(tables, in: image, progress: progress)
    } else {
      map = ReverseMap(tables, in: source.memory, progress: progress)
    }
    guard source.finder != nil else {
      records = nil
      return
    }
    records = FrameRecordSearch(try source.findKernel(), regions: regions, map: map).run()
  }

  /// What of the tables is missing, in sentences.
  public var gaps: [String] { map.gaps }

  /// The physical address of a frame number, or nil if there is no such frame.
  public func physical(frame: UInt64) -> PhysicalAddress? {
    let sizeBits = UInt64(map.set.format.pageSizeBits)
    return frame <= .max >> sizeBits ? PhysicalAddress(frame << sizeBits) : nil
  }

  /// Who reaches the frame that holds `address`.
  public func report(of address: PhysicalAddress) -> FrameReport {
    var use = map.use(of: address, in: source.memory)
    var goneCount = 0
    if source.isRunning { (use, goneCount) = use.confirmed(in: source, of: map.set) }
    var report = FrameReport(
      use, of: source, set: map.set, gaps: map.gaps,
      regionName: { regions?.region(at: $0).map { $0.name + ($0.owner.map { " (\($0))" } ?? "") } })
    report.changed = goneCount == 0 ? nil : goneCount
    switch records {
    case .found(let records):
      report.page = records.record(of: address).map {
        PageReport(
          $0, mappingsFound: FrameRecordSearch.mappingCount(use), isWhole: use.isComplete && map.gaps.isEmpty)
      }
      if report.page == nil {
        report.pageUnknown = "the kernel has none for this frame, or it cannot be read"
      }
    case .unknown(let reason): report.pageUnknown = reason
    case nil: break
    }
    return report
  }

  /// Who reaches the frame that `address` of `process` (a PID, a name, or `kernel`) maps to.
  public func answer(process: String, address: VirtualAddress) throws(SourceError) -> FrameAnswer {
    let space = try space(of: process)
    guard let mapping = space.walker.translate(address, in: source.memory).mapping else {
      return .notMapped(WalkReport(address, in: space, of: source))
    }
    var report = report(of: mapping.physical)
    report.from = FrameReport.Origin(
      pid: space.process?.pid, command: space.process?.command, virtual: JSONAddress(address.rawValue),
      physical: JSONAddress(mapping.physical.rawValue))
    return .frame(report)
  }

  private func space(of process: String) throws(SourceError) -> AddressSpace {
    let set = map.set
    if process == "kernel", let master = set.master {
      return AddressSpace(format: set.format, root: master, evidence: "the kernel's own table")
    }
    let byPID = set.processes.filter { tables in
      ([tables.pid] + tables.sharers).contains { "\($0)" == process }
    }
    let matches = byPID.isEmpty ? set.processes.filter { $0.command == process } : byPID
    guard let match = matches.first else {
      throw SourceError("\(source.name): no process '\(process)' has page tables of its own")
    }
    guard matches.count == 1 else {
      let pids = matches.map { "\($0.pid)" }.joined(separator: ", ")
      throw SourceError("several processes are called '\(process)': PIDs \(pids); name one by its PID")
    }
    return AddressSpace(
      format: set.format, root: match.root,
      process: ProcessIdentity(pid: match.pid, command: match.command), evidence: "the process's tables")
  }
}

/// The answer about an address: its frame, or the walk that shows why it has none.
public enum FrameAnswer: Sendable {
  case frame(FrameReport)
  case notMapped(WalkReport)
}
