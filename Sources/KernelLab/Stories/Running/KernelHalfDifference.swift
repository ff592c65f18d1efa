import PageTableEditing
import PageTables

/// How the kernel's half of a process's page table differs from the kernel page table.
public struct KernelHalfDifference: Hashable, Sendable {
  /// First addresses of entries that the kernel has and the process lacks (deferred).
  public var lacking: [UInt64] = []
  /// First addresses of entries that the process has and the kernel has not any more (stale).
  public var stale: [UInt64] = []
  /// First addresses of entries that lead to different tables or pages.
  public var different: [UInt64] = []
  /// How many entries both have, alike.
  public var equalCount = 0
}

extension Machine {
  /// Compares entry by entry what `space` copied of the kernel page table. Nil where nothing is copied: the
  /// kernel's half has a root of its own.
  public func kernelHalfDifference(of space: AddressSpace) -> KernelHalfDifference? {
    let first: UInt64
    switch profile.kernelHalf {
    case .separateRoot: return nil
    case .copied(let address), .privateTable(let address, _): first = address
    }
    var difference = KernelHalfDifference()
    let geometry = geometries[0]
    for offset in topEntries(from: first) {
      let address = upper((offset >> UInt64(geometry.entrySizeBits)) << UInt64(geometry.shift))
      compare(
        kernel.root.lower.rawValue &+ offset, space.root.lower.rawValue &+ offset, address: address, depth: 0,
        into: &difference)
    }
    return difference
  }

  private func compare(
    _ masterEntry: UInt64, _ entry: UInt64, address: UInt64, depth: Int,
    into difference: inout KernelHalfDifference
  ) {
    let geometry = geometries[depth]
    let master = load(masterEntry, geometry)
    let copy = load(entry, geometry)
    if master == 0, copy == 0 { return }
    if copy == 0 {
      difference.lacking.append(address)
    } else if master == 0 {
      difference.stale.append(address)
    } else if geometry.isTable(master), geometry.isTable(copy) {
      let table = geometry.tableAddress(master)
      let other = geometry.tableAddress(copy)
      if table == other {
        difference.equalCount += 1
      } else if depth + 1 < geometries.count {
        // A private table: its entries are the copies.
        let next = geometries[depth + 1]
        for index in 0..<(UInt64(1) << UInt64(next.indexBits)) {
          let offset = index << UInt64(next.entrySizeBits)
          compare(
            table &+ offset, other &+ offset, address: address &+ index << UInt64(next.shift),
            depth: depth + 1,
            into: &difference)
        }
      }
    } else if geometry.isTable(master) != geometry.isTable(copy)
      || geometry.leafAddress(master) != geometry.leafAddress(copy)
    {
      difference.different.append(address)
    } else {
      difference.equalCount += 1
    }
  }

  /// The address with the upper half's bits, where the format divides the space.
  private func upper(_ address: UInt64) -> UInt64 {
    guard profile.format.region(of: VirtualAddress(address)) == nil else { return address }
    return profile.format.region(profile.format.regionCount - 1).first.rawValue | address
  }
}
