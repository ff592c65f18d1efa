import PageTableEditing
import PageTables

extension Machine {
  /// Reads a word of a process as a kernel module does: walks its table, maps the page for a moment, reads
  /// through that mapping, and undoes it.
  ///
  /// The walk reads Linux's entries, not the hardware's: an old page is found, too. It faults nothing in.
  ///
  /// - Parameters:
  ///   - address: of the word; its last two bits are cleared.
  ///   - cpu: the processor that the module runs on.
  public mutating func deviceRead(pid: Int, address: UInt64, cpu: Int = 0) throws(MachineError) -> DeviceRead
  {
    let task = try task(pid)
    guard let space = task.space else { throw .isKernelThread(pid: pid) }
    guard cpus.indices.contains(cpu) else { throw .noSuchCPU(cpu) }
    var read = DeviceRead(
      pid: pid, address: address, table: kernelAddress(space.root.lower.rawValue), levels: [])
    guard address < profile.taskSize, let region = profile.format.region(of: VirtualAddress(address)) else {
      read.stop = "not an address of a process"
      return read
    }
    var table = space.root[region.root].rawValue
    var indexBits = region.firstIndexBits
    for depth in Int(region.firstDepth)...lastDepth {
      let geometry = geometries[depth]
      let place = entryAddress(in: table, geometry: geometry, indexBits: indexBits, address: address)
      let slot = EntrySlot(address: place, remainingCount: 1)
      let entry = entry(at: slot, depth: depth)
      note(depth: depth, place: place, entry: entry, in: &read)
      if depth < lastDepth, geometry.isTable(entry.word) {
        table = geometry.tableAddress(entry.word)
        indexBits = geometries[depth + 1].indexBits
        continue
      }
      guard let frame = presentFrame(entry, depth: depth) else {
        read.stop = entry.isNone ? "nothing is mapped there" : "the page is not present"
        return read
      }
      let offsetMask = (UInt64(1) << UInt64(geometry.shift)) &- 1
      try readWord(at: frame << pageSizeBits &+ address & offsetMask & ~3, cpu: cpu, into: &read)
      return read
    }
    read.stop = "nothing is mapped there"
    return read
  }

  private func kernelAddress(_ physical: UInt64) -> UInt64 { linearAddress(of: physical) ?? physical }

  private func presentFrame(_ entry: PageEntry, depth: Int) -> UInt64? {
    let small = depth == lastDepth ? entry : codec.small(entry)
    guard codec.isPresent(small) else { return nil }
    let frame = codec.frame(of: small)
    return frames.isRAM(frame) ? frame : nil
  }

  /// Adds a level, and those that are folded into it.
  private func note(depth: Int, place: UInt64, entry: PageEntry, in read: inout DeviceRead) {
    let level = profile.format.level(depth)
    let group = UInt64(max(1, level.software.groupByteCount))
    let offset = level.software.offsetBytes
    // A pair of entries is one for Linux; an entry of its own stands before the hardware's.
    let linux = offset == 0 ? place & ~(group &- 1) : place &+ UInt64(bitPattern: Int64(offset))
    let names =
      [level.name.description] + level.foldedNames.description.split(separator: " ").map(String.init)
    for name in names {
      read.levels.append(
        DeviceRead.Level(name: name, entryAddress: kernelAddress(linux), entry: entry.word))
    }
  }

  private mutating func readWord(
    at physical: UInt64, cpu: Int, into read: inout DeviceRead
  ) throws(MachineError) {
    let frame = physical >> pageSizeBits
    let type = profile.usedTemporaryMappingRule == .typed ? 0 : nil
    let mapped: UInt64
    do throws(HighMemoryError) {
      mapped = try mapTemporarily(frame, cpu: cpu, type: type)
    } catch {
      throw .badArgument("\(error)")
    }
    read.page = frame << pageSizeBits
    read.physical = physical
    read.mappedAt = mapped
    read.mapping = layout.linear.contains(mapped) ? .linear : .temporary
    switch access(.read, at: mapped | physical & (pageByteCount &- 1), isUser: false, cpu: cpu) {
    case .completed(let found):
      read.value = try? memory.load(byteCount: 4, order: .little, at: PhysicalAddress(found))
      if read.value == nil { read.stop = "the frame is not in RAM" }
    case .oops(let fault): read.stop = fault.reason
    case .signal, .outOfMemory: read.stop = "the mapping could not be used"
    }
    do throws(HighMemoryError) {
      try unmapTemporarily(mapped, cpu: cpu)
    } catch {
      throw .badArgument("\(error)")
    }
  }
}
