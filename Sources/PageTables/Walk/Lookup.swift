/// The short answer for one address: for callers that ask for many and need no path.
@frozen
public struct Lookup: Hashable, Sendable, BitwiseCopyable {
  /// The physical address, or 0 where it is not mapped.
  public var physical: PhysicalAddress
  /// The raw leaf entry, or the entry at which the walk stopped.
  public var entry: UInt64
  /// The page has 2^`pageSizeBits` bytes; 0 where the address is not mapped.
  public var pageSizeBits: UInt8
  /// The level that answered, counted from the format's top.
  public var depth: UInt8

  @inlinable
  public init(physical: PhysicalAddress, entry: UInt64, pageSizeBits: UInt8, depth: UInt8) {
    self.physical = physical
    self.entry = entry
    self.pageSizeBits = pageSizeBits
    self.depth = depth
  }

  /// Whether the address is mapped. Why not is for ``Walker/translate(_:in:)`` to tell.
  @inlinable public var isMapped: Bool { pageSizeBits != 0 }

  @inlinable static var unmapped: Lookup {
    Lookup(physical: PhysicalAddress(0), entry: 0, pageSizeBits: 0, depth: 0)
  }
}

extension Walker {
  /// Takes one address to its physical address, as fast as a hand-written walk when the format is a
  /// constant (``X86_64FourLevel``).
  ///
  /// Gives what ``translate(_:in:)`` gives, without path and reason.
  @inlinable
  public func lookup(
    _ address: VirtualAddress, in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> Lookup {
    guard let region = format.region(of: address) else { return .unmapped }
    var table = root[region.root].rawValue
    var depth = Int(region.firstDepth)
    var indexBits = region.firstIndexBits
    while depth < format.levelCount {
      let geometry = format.geometry(depth)
      let index = (address.rawValue &>> UInt64(geometry.shift)) & ((1 &<< UInt64(indexBits)) &- 1)
      let entryAddress = PhysicalAddress(table &+ (index &<< UInt64(geometry.entrySizeBits)))
      let entry: UInt64
      do throws(MemoryFault) {
        entry = try self.entry(at: entryAddress, byteCount: 1 &<< Int(geometry.entrySizeBits), in: memory)
      } catch {
        return .unmapped
      }
      if geometry.isTable(entry) {
        table = geometry.tableAddress(entry)
      } else if geometry.isLeaf(entry) {
        return leaf(
          geometry.leafAddress(entry), entry: entry, sizeBits: geometry.leafSizeBits, depth: depth,
          address: address)
      } else {
        guard let next = resolve(entry, depth: depth, address: address) else {
          return Lookup(
            physical: PhysicalAddress(0), entry: entry, pageSizeBits: 0,
            depth: UInt8(truncatingIfNeeded: depth))
        }
        if next.isMapped { return next }
        table = next.physical.rawValue
      }
      depth &+= 1
      indexBits = format.geometry(depth).indexBits
    }
    return .unmapped
  }

  /// Takes many addresses to their physical addresses, the walks interleaved so that their cache misses
  /// overlap.
  ///
  /// - Parameters:
  ///   - addresses: any addresses, in any order.
  ///   - memory: where the tables are.
  ///   - answers: receives one answer an address; the shorter of the two decides how many are done.
  /// - Complexity: one entry is read a level and address; sorted addresses touch fewer cache lines.
  @inlinable
  public func lookup(
    _ addresses: borrowing Span<VirtualAddress>, in memory: borrowing some PhysicalMemory & ~Copyable,
    answers: inout MutableSpan<Lookup>
  ) {
    let total = min(addresses.count, answers.count)
    var done = 0
    while done < total {
      let count = min(64, total &- done)
      lookupGroup(addresses, from: done, count: count, in: memory, answers: &answers)
      done &+= count
    }
  }

  /// Up to 64 walks, level by level: every entry of a level is asked for before the first is used.
  @inlinable
  func lookupGroup(
    _ addresses: borrowing Span<VirtualAddress>, from start: Int, count: Int,
    in memory: borrowing some PhysicalMemory & ~Copyable, answers: inout MutableSpan<Lookup>
  ) {
    // A walk's next table, and the depth at which it is to be read; 255 once it has its answer.
    var tables = InlineArray<64, UInt64>(repeating: 0)
    var depths = InlineArray<64, UInt8>(repeating: 255)
    var pending = 0
    var walk = 0
    while walk < count {
      let address = addresses[start &+ walk]
      answers[start &+ walk] = .unmapped
      if let region = format.region(of: address) {
        tables.replaceElement(at: walk, with: root[region.root].rawValue)
        depths.replaceElement(at: walk, with: region.firstDepth)
        pending &+= 1
      }
      walk &+= 1
    }
    var depth = 0
    while depth < format.levelCount, pending > 0 {
      let geometry = format.geometry(depth)
      let next = depth &+ 1 < format.levelCount ? format.geometry(depth &+ 1) : geometry
      walk = 0
      while walk < count {
        if Int(depths.element(at: walk, filler: 255)) == depth {
          let address = addresses[start &+ walk]
          let table = readLevel(
            address, table: tables.element(at: walk, filler: 0), depth: depth, geometry: geometry,
            in: memory, answer: &answers[start &+ walk])
          if let table {
            tables.replaceElement(at: walk, with: table)
            depths.replaceElement(at: walk, with: UInt8(truncatingIfNeeded: depth &+ 1))
            let index =
              (address.rawValue &>> UInt64(next.shift)) & ((1 &<< UInt64(next.indexBits)) &- 1)
            memory.prefetch(
              at: PhysicalAddress(table &+ (index &<< UInt64(next.entrySizeBits))), count: 8)
          } else {
            depths.replaceElement(at: walk, with: 255)
            pending &-= 1
          }
        }
        walk &+= 1
      }
      depth &+= 1
    }
  }

  /// Reads one walk's entry: the next table, or nil with the answer filled in.
  @inlinable @inline(__always)
  func readLevel(
    _ address: VirtualAddress, table: UInt64, depth: Int, geometry: LevelGeometry,
    in memory: borrowing some PhysicalMemory & ~Copyable, answer: inout Lookup
  ) -> UInt64? {
    // Only a region's first table can have another width than its level.
    var indexBits = geometry.indexBits
    if let region = format.region(of: address), Int(region.firstDepth) == depth {
      indexBits = region.firstIndexBits
    }
    let index = (address.rawValue &>> UInt64(geometry.shift)) & ((1 &<< UInt64(indexBits)) &- 1)
    let entryAddress = PhysicalAddress(table &+ (index &<< UInt64(geometry.entrySizeBits)))
    let entry: UInt64
    do throws(MemoryFault) {
      entry = try self.entry(at: entryAddress, byteCount: 1 &<< Int(geometry.entrySizeBits), in: memory)
    } catch {
      return nil
    }
    if geometry.isTable(entry) { return geometry.tableAddress(entry) }
    if geometry.isLeaf(entry) {
      answer = leaf(
        geometry.leafAddress(entry), entry: entry, sizeBits: geometry.leafSizeBits, depth: depth,
        address: address)
      return nil
    }
    guard let next = resolve(entry, depth: depth, address: address) else {
      answer.entry = entry
      answer.depth = UInt8(truncatingIfNeeded: depth)
      return nil
    }
    if next.isMapped {
      answer = next
      return nil
    }
    return next.physical.rawValue
  }

  @inlinable @inline(__always)
  func leaf(_ target: UInt64, entry: UInt64, sizeBits: UInt8, depth: Int, address: VirtualAddress) -> Lookup {
    let offsetMask: UInt64 = (1 &<< UInt64(sizeBits)) &- 1
    return Lookup(
      physical: PhysicalAddress((target & ~offsetMask) | (address.rawValue & offsetMask)), entry: entry,
      pageSizeBits: sizeBits, depth: UInt8(truncatingIfNeeded: depth))
  }

  /// What the full rules say of an entry that the geometry does not know: a mapped answer, an answer that
  /// is not mapped and whose address is the next table, or nil for the end of the walk.
  @usableFromInline
  func resolve(_ entry: UInt64, depth: Int, address: VirtualAddress) -> Lookup? {
    let (_, rule) = format.level(depth).rule(for: entry)
    switch meaning(of: entry, rule: rule, address: address, depth: depth) {
    case .table(let next):
      return Lookup(physical: next, entry: entry, pageSizeBits: 0, depth: UInt8(truncatingIfNeeded: depth))
    case .leaf(let physical, let sizeBits):
      return Lookup(
        physical: physical, entry: entry, pageSizeBits: sizeBits, depth: UInt8(truncatingIfNeeded: depth))
    case .stopped:
      return nil
    }
  }
}
