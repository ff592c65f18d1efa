public import PageTables

extension FrameCensus {
  /// How many tables are looked at: the tables of 4 GiB of tables.
  static var tableLimit: Int { 1 << 20 }

  /// Counts what page tables tell: the tables themselves, what processes map, what the kernel maps outside its
  /// linear map.
  ///
  /// A private page of a file is the file's until it is copied; only the copy can be written, which its entry says.
  ///
  /// - Parameters:
  ///   - areas: the areas of a process, by its PID; nil where they are not known.
  ///   - lastUserAddress: the last address that belongs to processes; nil if that is not known.
  ///   - isLinear: whether a kernel address is the linear map's for a physical one.
  ///   - progress: told the share of the processes that is done.
  public mutating func countTables(
    of set: PageTableSet, in memory: some PhysicalMemory & Sendable, lastUserAddress: VirtualAddress?,
    areas: (Int) -> [Area]?, isLinear: (VirtualAddress, PhysicalAddress) -> Bool,
    progress: ((Double) -> Void)? = nil
  ) {
    var known: Set<UInt64> = []
    let top = lastUserAddress ?? VirtualAddress(.max)
    let roots: [(PageTableRoot, Int?)] =
      set.processes.map { ($0.root, $0.pid) } + (set.master.map { [($0, nil)] } ?? [])
    withoutActuallyEscaping(isLinear) { isLinear in
      for (number, (root, pid)) in roots.enumerated() {
        guard known.count < Self.tableLimit else {
          gaps.append("only the first \(Self.tableLimit) page tables are counted")
          break
        }
        let space = CensusSpace(
          lastUserAddress: top, areas: pid.flatMap(areas), isKernel: pid == nil, isLinear: isLinear)
        var visitor = CensusVisitor(self, format: set.format, space: space, known: known)
        cells = []
        known = []
        // Of two roots only the upper is the kernel's.
        let isUpperOnly = pid == nil && set.format.hasSeparateRoots
        let summary = Walker(format: set.format, root: root).enumerate(
          from: isUpperOnly ? VirtualAddress(top.rawValue &+ 1) : VirtualAddress(0), in: memory,
          tableLimit: Self.tableLimit, visitor: &visitor)
        (self, known) = visitor.finish()
        if !summary.isComplete {
          gaps.append("some tables of \(pid.map { "process \($0)" } ?? "the kernel") could not be read")
        }
        progress?(Double(number + 1) / Double(roots.count))
      }
    }
  }
}

/// Whose tables are being counted.
private struct CensusSpace {
  var lastUserAddress: VirtualAddress
  var areas: [Area]?
  var isKernel: Bool
  var isLinear: (VirtualAddress, PhysicalAddress) -> Bool
}

/// Marks frames while an enumeration goes on; each table is entered once.
private struct CensusVisitor: TableVisitor {
  private var merger: RangeMerger<PagingFormat, CensusSink>
  private let format: PagingFormat
  private var known: Set<UInt64>

  init(
    _ census: consuming FrameCensus, format: PagingFormat, space: CensusSpace, known: consuming Set<UInt64>
  ) {
    self.format = format
    self.known = known
    merger = RangeMerger(format: format, sink: CensusSink(census: census, space: space, format: format))
  }

  mutating func finish() -> (FrameCensus, Set<UInt64>) {
    merger.finish()
    return (merger.sink.census, known)
  }

  mutating func shouldEnter(_ position: TablePosition) -> Bool {
    // Where a table lies says at which level it serves, but for forged ones: those are counted once.
    guard known.insert(position.table.rawValue).inserted else { return false }
    let geometry = format.geometry(position.depth)
    merger.sink.census.raise(
      at: position.table, byteCount: 1 &<< UInt64(geometry.entrySizeBits &+ position.indexBits),
      to: .table(depth: position.depth, of: format.levelCount))
    return true
  }

  mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition) {
    merger.visitLeafTable(bytes, firstIndex: firstIndex, position: position)
  }

  mutating func visitEntry(
    _ entry: UInt64, ruleIndex: Int, first: VirtualAddress, last: VirtualAddress, position: TablePosition
  ) {
    merger.visitEntry(entry, ruleIndex: ruleIndex, first: first, last: last, position: position)
  }

  mutating func visitStop(first: VirtualAddress, last: VirtualAddress, reason: StopReason, depth: Int) {
    merger.visitStop(first: first, last: last, reason: reason, depth: depth)
  }
}

/// Takes ranges, cuts them at areas, and marks their frames.
private struct CensusSink: RangeSink {
  var census: FrameCensus
  let space: CensusSpace
  let format: PagingFormat
  /// The area that the next range is looked for from.
  private var place = 0

  init(census: consuming FrameCensus, space: CensusSpace, format: PagingFormat) {
    self.census = census
    self.space = space
    self.format = format
  }

  mutating func receive(_ range: MappedRange) {
    guard case .mapped(let mapping) = range.content else { return }
    if space.isKernel || range.first > space.lastUserAddress {
      guard !space.isLinear(range.first, mapping.physical) else { return }
      census.raise(at: mapping.physical, byteCount: range.byteCount, to: .kernel)
      return
    }
    let areas = space.areas ?? []
    var first = range.first.rawValue
    let last = range.last.rawValue
    while true {
      while place < areas.count, areas[place].last.rawValue < first { place += 1 }
      let area = place < areas.count && areas[place].first.rawValue <= first ? areas[place] : nil
      var end = last
      if let area {
        end = min(end, area.last.rawValue)
      } else if place < areas.count {
        end = min(end, areas[place].first.rawValue &- 1)
      }
      mark(
        mapping.physical.advanced(byBytes: first &- range.first.rawValue), byteCount: end &- first &+ 1,
        area: area, isWritable: mapping.access.intersects(.write))
      guard end < last else { return }
      first = end &+ 1
    }
  }

  private mutating func mark(
    _ physical: PhysicalAddress, byteCount: UInt64, area: Area?, isWritable: Bool
  ) {
    // Memory that is shared without a file has one nevertheless, in a file system of the kernel's own.
    let isSharedMemory =
      area?.path.map { $0.hasPrefix("/dev/zero") || $0.hasPrefix("/memfd:") || $0.hasPrefix("/SYSV") }
      ?? false
    if area?.hasFile == true, area?.isShared == true || !isWritable {
      census.raise(at: physical, byteCount: byteCount, to: isSharedMemory ? .shared : .file)
      return
    }
    census.mark(at: physical, byteCount: byteCount) { kind in
      if kind.rawValue > FrameCensus.Kind.anonymous.rawValue { return kind }
      return kind == .anonymous ? .shared : .anonymous
    }
  }
}
