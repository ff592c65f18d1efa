public import PageTables

extension ReverseMap {
  /// How many tables a search for one frame's users looks at: a stated end, where forged tables map a frame
  /// a million times.
  public static var defaultSearchLimit: Int { 1 << 20 }

  /// All that reaches the frame (the format's smallest page) that holds `address`.
  ///
  /// What the kernel's own table reaches at an address is told once, as the kernel's, however many processes
  /// have a copy of it. What only processes have in the kernel's half is told as theirs.
  ///
  /// - Parameters:
  ///   - address: any byte of the frame.
  ///   - memory: where the tables are, to read rights from.
  ///   - searchLimit: how many tables may be looked at; beyond it the answer is not complete.
  /// - Complexity: logarithmic in the runs, and one walk for each mapping that is told.
  public func use(
    of address: PhysicalAddress, in memory: some PhysicalMemory,
    searchLimit: Int = ReverseMap.defaultSearchLimit
  ) -> FrameUse {
    let sizeBits = UInt64(set.format.pageSizeBits)
    let frame = address.rawValue >> sizeBits
    var budget = searchLimit
    let mappings = mappings(of: frame, budget: &budget, in: memory)
    let tables = tables(from: frame << sizeBits, byteCount: 1 << sizeBits, budget: &budget)
    return FrameUse(
      physical: PhysicalAddress(frame << sizeBits), tables: tables, mappings: mappings,
      isComplete: budget > 0)
  }

  private func mappings(
    of frame: UInt64, budget: inout Int, in memory: some PhysicalMemory
  ) -> [FrameMapping] {
    let format = set.format
    let spans = graph.spans
    let sizeBits = UInt64(format.pageSizeBits)
    var owners: [UInt64: Set<Int?>] = [:]
    for segment in segments {
      segment.forEach(holding: frame, spans: spans) { run in
        let shift = UInt64(format.geometry(spans.depth(of: run.table)).shift)
        let offset = UInt64(run.firstIndex) << shift &+ (frame - run.frame) << sizeBits
        graph.climb(from: run.table, offset: offset, byteCount: 1 << sizeBits, budget: &budget) { place in
          owners[place.stretch.first, default: []].insert(place.root.process)
        }
        return budget > 0
      }
    }
    var mappings: [FrameMapping] = []
    for (virtual, users) in owners {
      let address = VirtualAddress(virtual)
      let isKernel = isKernel(users, at: address)
      for owner in isKernel ? [users.contains(nil) ? nil : users.first ?? nil] : Array(users) {
        guard let root = owner.map({ set.processes[$0].root }) ?? set.master else { continue }
        let translation = Walker(format: format, root: root).translate(address, in: memory)
        guard let mapping = translation.mapping, translation.steps.count > 0 else { continue }
        let leaf = translation.steps[translation.steps.count - 1]
        mappings.append(
          FrameMapping(
            process: isKernel ? nil : owner.map { set.processes[$0] }, virtual: address, depth: leaf.depth,
            pageSizeBits: mapping.pageSizeBits, access: mapping.access, entry: leaf.entry))
      }
    }
    return mappings.sorted {
      ($0.process?.pid ?? .max, $0.virtual.rawValue) < ($1.process?.pid ?? .max, $1.virtual.rawValue)
    }
  }

  /// Whether what `users` have at `address` is the kernel's: its own table has it there, or, where that is
  /// not known, every process has the same in the upper half.
  private func isKernel(_ users: Set<Int?>, at address: VirtualAddress) -> Bool {
    if users.contains(nil) { return true }
    guard set.master == nil, set.processes.count > 1, users.count == set.processes.count else { return false }
    return set.format.region(0).last < address
  }

  /// What the tables in the frame at `start` serve: the entries in this frame, where a table is larger.
  private func tables(from start: UInt64, byteCount: UInt64, budget: inout Int) -> [TableUse] {
    let format = set.format
    let spans = graph.spans
    var uses: [TableUse] = []
    graph.forEachTable(from: start, through: start &+ (byteCount - 1)) { table in
      let node = graph.nodes[table]
      let depth = spans.depth(of: table)
      let geometry = format.geometry(depth)
      let (entryBits, shift) = (UInt64(geometry.entrySizeBits), UInt64(geometry.shift))
      let skipped = start > node.address ? (start - node.address) >> entryBits : 0
      let held = node.address > start ? byteCount - (node.address - start) : byteCount
      let count = min((1 << UInt64(node.indexBits)) - skipped, held >> entryBits)
      guard count > 0 else { return }
      var owners: [TableGraph.Stretch: Set<Int?>] = [:]
      func collect(from index: UInt64, count: UInt64) {
        graph.climb(
          from: table, offset: index << shift, byteCount: count << shift, budget: &budget
        ) { place in
          owners[place.stretch, default: []].insert(place.root.process)
        }
      }
      collect(from: skipped, count: count)
      // A part that no region uses (TTBR1's lower half) says what the rest is for.
      if owners.isEmpty { collect(from: 0, count: 1 << UInt64(node.indexBits)) }
      for (stretch, users) in owners.sorted(by: { $0.key.first < $1.key.first }) {
        let first = VirtualAddress(stretch.first)
        let isKernel = isKernel(users, at: first)
        let processes = isKernel ? [] : users.compactMap { $0 }.sorted().map { set.processes[$0] }
        uses.append(
          TableUse(
            depth: depth, table: PhysicalAddress(node.address), first: first,
            last: VirtualAddress(stretch.last), isKernel: isKernel, processes: processes))
      }
    }
    return joined(uses)
  }

  /// Small tables that are neighbours in memory and in the address space, as one.
  private func joined(_ uses: [TableUse]) -> [TableUse] {
    var result: [TableUse] = []
    for use in uses {
      let previous = result.lastIndex {
        $0.depth == use.depth && $0.table != use.table && $0.last.rawValue &+ 1 == use.first.rawValue
          && $0.isKernel == use.isKernel && $0.processes == use.processes
      }
      if let previous { result[previous].last = use.last } else { result.append(use) }
    }
    return result
  }
}
