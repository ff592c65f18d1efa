import PageTables

/// An entry that names a table: the table's address, and where the entry is.
struct TableEdge: Sendable, BitwiseCopyable {
  var child: UInt64
  var parent: UInt32
  var index: UInt32
}

/// What could not be read: pages of tables, or whole tables.
struct UnreadableTables: Sendable {
  private(set) var count = 0
  /// The table of the lowest address.
  private(set) var first: (table: UInt64, fault: MemoryFault)?

  mutating func add(_ table: UInt64, _ fault: MemoryFault) {
    count += 1
    if table <= first?.table ?? .max { first = (table, fault) }
  }

  mutating func add(_ other: UnreadableTables) {
    guard let found = other.first else { return }
    add(found.table, found.fault)
    count += other.count - 1
  }
}

/// Reads tables one by one, without entering those that they name: leaves become runs, the rest edges.
struct LeafRunReader: TableVisitor {
  private var merger: RangeMerger<PagingFormat, RunCollector>
  private let walker: Walker<PagingFormat>
  private var depth = 0
  private var shift: UInt64 = 0
  private var table = TableNode(address: 0, firstEdge: 0, indexBits: 0)
  private var number: UInt32 = 0
  private var edges: [TableEdge] = []
  private var edgeCount = 0
  private(set) var unreadable = UnreadableTables()

  init(_ walker: Walker<PagingFormat>, _ collector: consuming RunCollector) {
    self.walker = walker
    merger = RangeMerger(format: walker.format, sink: collector)
  }

  var collector: RunCollector { merger.sink }
  /// How many runs and edges were found so far.
  var entryCount: Int { merger.sink.runCount &+ edgeCount }

  /// Reads `table`, the graph's `number`-th.
  mutating func read(
    _ table: TableNode, number: Int, depth: Int, in memory: borrowing some PhysicalMemory & ~Copyable
  ) {
    let geometry = walker.format.geometry(depth)
    self.depth = depth
    self.table = table
    self.number = UInt32(truncatingIfNeeded: number)
    shift = UInt64(geometry.shift)
    merger.sink.begin(table: number, shift: geometry.shift)
    // From address 0 on: where the table lies in an address space differs from one user to the next.
    walker.enumerate(
      TablePosition(
        depth: depth, table: PhysicalAddress(table.address), base: VirtualAddress(0),
        indexBits: table.indexBits, access: .all),
      in: memory, visitor: &self)
    merger.finish()
  }

  /// Sorts the runs that have come together, if they are many or if all of them are wanted.
  mutating func seal(_ spans: EntrySpans, ifFull: Bool) {
    if !ifFull || merger.sink.isFull { merger.sink.seal(spans) }
  }

  mutating func takeEdges() -> [TableEdge] {
    defer { edges = [] }
    return edges
  }

  mutating func shouldEnter(_ position: TablePosition) -> Bool {
    guard position.depth != depth else { return true }
    addEdge(to: position.table.rawValue, at: position.base)
    return false
  }

  mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition) {
    merger.visitLeafTable(bytes, firstIndex: firstIndex, position: position)
  }

  mutating func visitEntry(
    _ entry: UInt64, ruleIndex: Int, first: VirtualAddress, last: VirtualAddress, position: TablePosition
  ) {
    merger.visitEntry(entry, ruleIndex: ruleIndex, first: first, last: last, position: position)
  }

  mutating func visitStop(
    first: VirtualAddress, last: VirtualAddress, reason: StopReason, depth: Int
  ) {
    switch reason {
    // A table that names itself is one level further down another table of the graph: no loop there.
    case .loop: addEdge(to: table.address, at: first)
    case .unreadable(let fault): unreadable.add(table.address, fault)
    default: break
    }
  }

  private mutating func addEdge(to child: UInt64, at address: VirtualAddress) {
    edgeCount &+= 1
    edges.append(
      TableEdge(
        child: child, parent: number, index: UInt32(truncatingIfNeeded: address.rawValue &>> shift)))
  }
}
