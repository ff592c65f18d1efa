import PageTables

/// One pass over tables: declines those that were seen, and hands ranges to a sink.
struct AuditPass<Sink: RangeSink>: TableVisitor {
  var merger: RangeMerger<PagingFormat, Sink>
  var memory: TableMemory
  /// Where the frames that hold tables are marked.
  let frames: FrameMap
  let format: PagingFormat
  let owner: Int
  let isKernelHalf: Bool

  init(
    _ format: PagingFormat, sink: Sink, memory: TableMemory, frames: FrameMap, owner: Int, isKernelHalf: Bool,
    first: VirtualAddress, last: VirtualAddress
  ) {
    merger = RangeMerger(format: format, sink: sink, from: first, through: last)
    self.memory = memory
    self.frames = frames
    self.format = format
    self.owner = owner
    self.isKernelHalf = isKernelHalf
  }

  mutating func shouldEnter(_ position: TablePosition) -> Bool {
    guard memory.enter(position, owner: owner, isKernelHalf: isKernelHalf) else { return false }
    let entryBits = UInt64(format.geometry(position.depth).entrySizeBits)
    frames.insert(.table, at: position.table, byteCount: 1 << (entryBits + UInt64(position.indexBits)))
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

extension Walker<PagingFormat> {
  /// Hands the ranges of tables that were not met before to `sink`: what a table repeats is told of once.
  func rangesOnce<Sink: RangeSink>(
    from first: VirtualAddress, in memory: borrowing some PhysicalMemory & ~Copyable, tableLimit: Int,
    into sink: inout Sink
  ) {
    let last = VirtualAddress(.max)
    var pass = AuditPass(
      format, sink: sink, memory: TableMemory(), frames: FrameMap([], frameBits: format.pageSizeBits),
      owner: 0, isKernelHalf: true, first: first, last: last)
    enumerate(from: first, through: last, in: memory, tableLimit: tableLimit, visitor: &pass)
    pass.merger.finish()
    sink = pass.merger.sink
  }
}

/// Both passes: every root's user half, and every root's kernel half.
extension AuditSurvey {
  /// Hands all ranges to sinks that `makeSink` makes, one for each half of each root, and takes each back.
  ///
  /// - Returns: the tables that were reached twice, and whether every table was read.
  mutating func passOver<Sink: RangeSink>(
    _ memory: borrowing some PhysicalMemory & ~Copyable, tableLimit: Int,
    makeSink: (AuditSurvey, Int, Bool) -> Sink, takeBack: (inout AuditSurvey, Sink) -> Void
  ) -> (memory: TableMemory, isComplete: Bool) {
    var seen = TableMemory()
    var isComplete = true
    var remaining = tableLimit
    let space = format.addressBits >= 64 ? UInt64.max : (1 << UInt64(format.addressBits)) - 1
    for owner in owners.indices {
      for isKernelHalf in [false, true] {
        // The master of a format with two roots is the upper one; nothing says what the lower one is.
        if !isKernelHalf, layout.hasSplitRoots, owners[owner].kind == .master { continue }
        guard isKernelHalf || layout.first.rawValue > 0 else { continue }
        let first = isKernelHalf ? layout.first : VirtualAddress(0)
        let last = VirtualAddress(isKernelHalf ? space : layout.first.rawValue - 1)
        guard first <= last else { continue }
        var pass = AuditPass(
          format, sink: makeSink(self, owner, isKernelHalf), memory: seen, frames: frames,
          owner: owner, isKernelHalf: isKernelHalf, first: first, last: last)
        seen = TableMemory()
        let summary = Walker(format: format, root: owners[owner].root).enumerate(
          from: first, through: last, in: memory, tableLimit: remaining, visitor: &pass)
        pass.merger.finish()
        remaining -= summary.tableCount
        isComplete = isComplete && summary.isComplete
        seen = pass.memory
        takeBack(&self, pass.merger.sink)
      }
    }
    return (seen, isComplete)
  }
}
