import PageTables

/// A table: where it is, and where the entries that name it begin in the graph's list.
struct TableNode: Sendable, BitwiseCopyable {
  var address: UInt64
  var firstEdge: UInt32
  var indexBits: UInt8
}

/// All tables of a system and the entries that connect them, seen from below: which entries name a table, and
/// of which address spaces a table is the top.
///
/// A table is one node for each level that it serves at, however many processes share it. So the graph is no
/// larger than the tables themselves, whatever forged tables describe.
struct TableGraph: Sendable {
  /// An entry that names a table.
  struct Link: Sendable, BitwiseCopyable {
    var parent: UInt32
    var index: UInt32
  }

  /// An address space that begins with a table, and the region that it serves there.
  struct Root: Hashable, Sendable {
    /// Which of the set's processes; nil for the kernel's own table.
    var process: Int?
    var region: Int
    /// The address of entry 0.
    var base: UInt64
  }

  /// A top table, before it has a number.
  private struct RootTable: Hashable {
    var address: UInt64
    var depth: Int
    var indexBits: UInt8
  }

  let format: PagingFormat
  private(set) var nodes: [TableNode] = []
  /// Grouped by the table that they name; see ``TableNode/firstEdge``.
  private(set) var links: [Link] = []
  /// The first node of each level, and behind the last level's end.
  private(set) var levelStarts: [Int] = []
  /// What tells a table's level, and its entries' spans, by its number.
  private(set) var spans: EntrySpans
  private(set) var roots: [Int: [Root]] = [:]
  private var rootTables: [RootTable: [Root]] = [:]

  init(_ set: PageTableSet) {
    format = set.format
    spans = EntrySpans(set.format, levelStarts: [])
    let hasTwoRoots = format.hasSeparateRoots
    for index in 0..<format.regionCount {
      let region = format.region(index)
      if let master = set.master, !hasTwoRoots || region.root == .upper {
        add(root: master, region: region, index: index, process: nil)
      }
      for (process, tables) in set.processes.enumerated() {
        add(root: tables.root, region: region, index: index, process: process)
      }
    }
  }

  private mutating func add(root: PageTableRoot, region: Region, index: Int, process: Int?) {
    let depth = Int(region.firstDepth)
    let span = UInt64(format.geometry(depth).shift) + UInt64(region.firstIndexBits)
    let table = RootTable(
      address: root[region.root].rawValue, depth: depth, indexBits: region.firstIndexBits)
    let base = region.first.rawValue & ~((1 &<< span) &- 1)
    rootTables[table, default: []].append(Root(process: process, region: index, base: base))
  }

  /// Adds the tables of the level at `depth`: those that `edges` name, and the top tables that begin there.
  /// Levels are added top first.
  ///
  /// - Returns: how many tables there was no room for.
  mutating func addLevel(_ depth: Int, edges: consuming [TableEdge], tableLimit: Int) -> Int {
    edges.sort { ($0.child, $0.parent, $0.index) < ($1.child, $1.parent, $1.index) }
    let childBits = format.geometry(depth).indexBits
    let tops = rootTables.keys.filter { $0.depth == depth }
      .sorted { ($0.address, $0.indexBits) < ($1.address, $1.indexBits) }
    levelStarts.append(nodes.count)
    spans = EntrySpans(format, levelStarts: levelStarts)
    links.reserveCapacity(links.count + edges.count)
    var top = 0
    var edge = 0
    var left = 0
    while top < tops.count || edge < edges.count {
      // The lower of the next top table and the next named table; both, if they are the same.
      let named = edge < edges.count ? (edges[edge].child, childBits) : (.max, .max)
      let begun = top < tops.count ? (tops[top].address, tops[top].indexBits) : (.max, .max)
      let isNamed = edge < edges.count && (top >= tops.count || named <= begun)
      let isTop = top < tops.count && (edge >= edges.count || begun <= named)
      let key = isNamed ? named : begun
      let hasRoom = nodes.count < tableLimit
      if hasRoom {
        nodes.append(
          TableNode(address: key.0, firstEdge: UInt32(truncatingIfNeeded: links.count), indexBits: key.1))
      } else {
        left += 1
      }
      if isTop {
        if hasRoom { roots[nodes.count - 1] = rootTables[tops[top]] }
        top += 1
      }
      while isNamed, edge < edges.count, edges[edge].child == key.0 {
        if hasRoom { links.append(Link(parent: edges[edge].parent, index: edges[edge].index)) }
        edge += 1
      }
    }
    return left
  }

  /// The tables of the level at `depth`, by number.
  func tables(at depth: Int) -> Range<Int> {
    guard depth < levelStarts.count else { return nodes.count..<nodes.count }
    let end = depth + 1 < levelStarts.count ? levelStarts[depth + 1] : nodes.count
    return levelStarts[depth]..<end
  }

  /// The entries that name a table.
  func links(to table: Int) -> ArraySlice<Link> {
    let end = table + 1 < nodes.count ? Int(nodes[table + 1].firstEdge) : links.count
    return links[Int(nodes[table].firstEdge)..<end]
  }

  /// What the graph occupies.
  var byteCount: Int {
    nodes.capacity * MemoryLayout<TableNode>.stride + links.capacity * MemoryLayout<Link>.stride
  }
}
