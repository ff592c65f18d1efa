public import LinuxKernel
public import PageTables

/// Which processes are to be compared with the kernel page table.
public struct ComparisonRequest: Sendable {
  /// The comparisons that were asked for, ready to be shown.
  public struct Answer {
    public let setup: KernelComparison
    public var comparisons: [ProcessComparison]
    /// Processes of a running system that could not be compared, because their tables changed meanwhile.
    public var changing: [(process: ProcessTables, change: TableChange)] = []
    /// Names what lies in a range of kernel addresses.
    public var describe: ComparisonText.Describe = { _, _ in nil }

    public var reports: [ComparisonReport] {
      comparisons.map { ComparisonReport($0, by: setup) }
        + changing.map { ComparisonReport($0.process, $0.change, by: setup) }
    }

    public var text: [String] {
      ComparisonText(setup, describe: describe).lines(comparisons)
        + (changing.isEmpty ? [] : [""])
        + changing.map { "\($0.process.pid) \($0.process.command): changing: \($0.change.words)" }
    }

    /// Whether tables that are there changed each time that they were read.
    public var isUnsettled: Bool { changing.contains { $0.change == .tables } }
    /// Whether some entry is deferred, stale or different.
    public var differs: Bool { comparisons.contains(where: \.differs) }
    public var isComplete: Bool { comparisons.allSatisfy(\.isComplete) }
  }

  /// Empty for all processes.
  public var pids: [Int]
  /// The lowest of the kernel's addresses, for 32-bit formats, where the user says it.
  public var kernelStart: UInt64?

  public init(pids: [Int] = [], kernelStart: UInt64? = nil) {
    self.pids = pids
    self.kernelStart = kernelStart
  }

  /// Compares.
  ///
  /// - Throws: if the source tells no page tables, or a PID is none of its processes.
  public func answer(from source: Source) throws(SourceError) -> Answer {
    guard source.finder != nil || source.told != nil else {
      return try answer(from: try source.pageTables(), in: source, start: nil)
    }
    let kernel = try source.knowKernel()
    let start = kernel.format.addressBits == 32 ? kernel : nil
    var answer = try answer(from: kernel.tables, in: source, start: start)
    guard answer.differs, let regions = try source.kernelRegions() else { return answer }
    answer.describe = { regions.sentence(from: VirtualAddress($0.rawValue), through: $1) }
    return answer
  }

  /// - Parameter start: who tells where the kernel's addresses begin, unless the user does.
  private func answer(
    from tables: PageTableSet, in source: Source, start: (any KernelKnowledge)?
  ) throws(SourceError) -> Answer {
    let processes = try Self.chosen(pids, of: tables, in: source)
    var setup: KernelComparison
    do throws(KernelComparison.SetupError) {
      setup = try KernelComparison(
        of: tables, kernelStart: kernelStart.map { VirtualAddress($0) } ?? start?.firstKernelAddress,
        startEvidence: kernelStart == nil ? start?.firstKernelAddressEvidence : nil, in: source.memory)
    } catch {
      throw SourceError("\(source.name): \(Self.sentence(error))")
    }
    guard source.isRunning else {
      var comparisons: [ProcessComparison] = []
      for process in processes { comparisons.append(setup.compare(process, in: source.memory)) }
      return Answer(setup: setup, comparisons: comparisons)
    }
    var answer = Answer(setup: setup, comparisons: [])
    for process in processes {
      let (comparison, change) = source.steady(process) {
        // Another one each time: it remembers what it has read of the kernel's.
        var fresh = setup
        return fresh.compare(process, in: source.memory)
      }
      if let change {
        answer.changing.append((process, change))
      } else {
        answer.comparisons.append(comparison)
      }
    }
    return answer
  }

  /// The processes with these PIDs; all, if there is none.
  static func chosen(
    _ pids: [Int], of tables: PageTableSet, in source: Source
  ) throws(SourceError) -> [ProcessTables] {
    guard !tables.processes.isEmpty else { throw SourceError("\(source.name): no process was found") }
    guard !pids.isEmpty else { return tables.processes }
    var chosen: [ProcessTables] = []
    for pid in pids {
      guard let process = tables.processes.first(where: { $0.pid == pid || $0.sharers.contains(pid) }) else {
        let known = tables.processes.prefix(20).map { "\($0.pid) (\($0.command))" }.joined(separator: ", ")
        throw SourceError(
          "\(source.name): no process \(pid) with tables of its own; there are \(known)"
            + (tables.processes.count > 20 ? " and \(tables.processes.count - 20) more" : ""))
      }
      chosen.append(process)
    }
    return chosen
  }

  private static func sentence(_ error: KernelComparison.SetupError) -> String {
    switch error {
    case .unknownMaster: "which page table is the kernel's is not known"
    case .unknownBorder(let master):
      "the page table at \(hexadecimal(master.rawValue)) has no entry of the kernel's that could be read; "
        + "is it the kernel's? --kernel-start says where its addresses begin"
    }
  }
}
