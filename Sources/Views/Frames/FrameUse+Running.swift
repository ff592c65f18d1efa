import LinuxKernel
import PageTables

extension FrameUse {
  /// What of it a second look finds: tables of a running system may have changed since they were read.
  ///
  /// - Returns: it, and how many places are not there any more.
  func confirmed(in source: Source, of set: PageTableSet) -> (use: FrameUse, goneCount: Int) {
    var use = self
    var goneCount = 0
    let frame = physical.rawValue >> UInt64(set.format.pageSizeBits)
    func walk(_ process: ProcessTables?, _ address: VirtualAddress) -> Translation? {
      guard let root = process?.root ?? set.master, process.map(source.stillHas) ?? true else { return nil }
      return Walker(format: set.format, root: root).translate(address, in: source.memory)
    }
    func isTable(_ process: ProcessTables?, _ table: TableUse) -> Bool {
      walk(process, table.first)?.steps.elements.contains {
        $0.depth == table.depth && $0.entryAddress.rawValue >> UInt64(set.format.pageSizeBits) == frame
      } ?? false
    }
    use.mappings.removeAll { mapping in
      let isThere = walk(mapping.process, mapping.virtual)?.mapping?.physical == physical
      goneCount += isThere ? 0 : 1
      return !isThere
    }
    for index in use.tables.indices.reversed() {
      let table = use.tables[index]
      // A table larger than a frame is looked at where it begins only.
      guard table.table.rawValue >> UInt64(set.format.pageSizeBits) == frame else { continue }
      if table.isKernel {
        if isTable(nil, table) { continue }
      } else {
        use.tables[index].processes.removeAll { !isTable($0, table) }
        if !use.tables[index].processes.isEmpty { continue }
      }
      use.tables.remove(at: index)
      goneCount += 1
    }
    return (use, goneCount)
  }
}
