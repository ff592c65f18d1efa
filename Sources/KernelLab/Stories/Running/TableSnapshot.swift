import PageTableEditing
import PageTables

/// All entries of all page tables, to see what an action changed. It is taken from memory, so that nothing
/// that wrote an entry can be missed.
struct TableSnapshot {
  struct Table {
    var owner: String
    var depth: Int
    /// The first address that the table serves.
    var first: UInt64
    var words: [UInt64]
    /// Linux's own words, where they stand beside the hardware's.
    var linuxWords: [UInt64] = []
  }

  private(set) var tables: [UInt64: Table] = [:]

  init(_ machine: borrowing Machine) {
    let format = machine.profile.format
    for index in 0..<format.regionCount {
      add(region: format.region(index), root: machine.kernel.root, owner: "kernel", machine)
    }
    for task in machine.tasks.values.sorted(by: { $0.pid < $1.pid }) {
      guard let space = task.space else { continue }
      for index in 0..<format.regionCount {
        let region = format.region(index)
        let owner = "\(task.pid) (\(task.command))"
        add(region: region, root: space.root, owner: owner, machine)
        if let isolated = space.isolatedRoot {
          add(region: region, root: isolated, owner: owner + " in user mode", machine)
        }
      }
    }
  }

  private mutating func add(
    region: Region, root: PageTableRoot, owner: String, _ machine: borrowing Machine
  ) {
    add(
      root[region.root].rawValue, depth: Int(region.firstDepth), indexBits: region.firstIndexBits,
      first: region.root == .upper ? region.first.rawValue : 0, owner: owner, machine)
  }

  private mutating func add(
    _ address: UInt64, depth: Int, indexBits: UInt8, first: UInt64, owner: String,
    _ machine: borrowing Machine
  ) {
    // The lab's tables are no deeper than their format; a table that was seen is not gone into again.
    guard depth < machine.geometries.count, tables[address] == nil else { return }
    let geometry = machine.geometries[depth]
    let count: UInt64 = 1 << UInt64(indexBits)
    var table = Table(owner: owner, depth: depth, first: first, words: [])
    table.words.reserveCapacity(Int(count))
    for index in 0..<count {
      table.words.append(machine.load(address &+ index << UInt64(geometry.entrySizeBits), geometry))
    }
    if depth == machine.geometries.count - 1, machine.codec.hasHardwareWord {
      for index in 0..<count {
        table.linuxWords.append(
          machine.load(address &- 2048 &+ index << UInt64(geometry.entrySizeBits), geometry))
      }
    }
    tables[address] = table
    guard depth + 1 < machine.geometries.count else { return }
    for (index, word) in table.words.enumerated() where geometry.isTable(word) {
      add(
        geometry.tableAddress(word), depth: depth + 1, indexBits: machine.geometries[depth + 1].indexBits,
        first: first &+ UInt64(index) << UInt64(geometry.shift), owner: owner, machine)
    }
  }

  /// Writes down what is different now.
  func addChanges(to changes: inout MachineChanges, now: TableSnapshot, format: PagingFormat) {
    for (address, table) in now.tables.sorted(by: { ($0.value.depth, $0.key) < ($1.value.depth, $1.key) }) {
      let level = "\(format.level(table.depth).name)"
      let before = tables[address]
      if before == nil {
        changes.tables.append(.init(owner: table.owner, level: level, address: address, isNew: true))
      }
      let size = UInt64(format.level(table.depth).entryByteCount)
      let shift = UInt64(format.level(table.depth).shift)
      func note(_ words: [UInt64], _ old: [UInt64]?, at base: UInt64, isLinux: Bool) {
        for (index, word) in words.enumerated() {
          let was = old.map { index < $0.count ? $0[index] : 0 } ?? 0
          guard word != was else { continue }
          changes.entries.append(
            .init(
              owner: table.owner, level: level, index: UInt64(index),
              address: Self.canonical(table.first &+ UInt64(index) << shift, format),
              entryAddress: base &+ UInt64(index) &* size, old: was, new: word, isLinux: isLinux))
        }
      }
      note(table.linuxWords, before?.linuxWords, at: address &- 2048, isLinux: true)
      note(table.words, before?.words, at: address, isLinux: false)
    }
    for (address, table) in tables.sorted(by: { $0.key < $1.key }) where now.tables[address] == nil {
      changes.tables.append(
        .init(owner: table.owner, level: "\(format.level(table.depth).name)", address: address, isNew: false))
    }
  }

  /// An address of the upper half has its upper bits set.
  private static func canonical(_ address: UInt64, _ format: PagingFormat) -> UInt64 {
    guard format.region(of: VirtualAddress(address)) == nil, format.regionCount > 1 else { return address }
    return format.region(format.regionCount - 1).first.rawValue | address
  }
}
