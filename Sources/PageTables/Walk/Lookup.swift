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

  @inlinable @inline(__always)
  static func stopped(at entry: UInt64, depth: Int) -> Lookup {
    Lookup(
      physical: PhysicalAddress(0), entry: entry, pageSizeBits: 0, depth: UInt8(truncatingIfNeeded: depth))
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
      let entryAddress = geometry.entryAddress(in: table, for: address, indexBits: indexBits)
      guard let entry = readEntry(at: entryAddress, geometry: geometry, in: memory) else { return .unmapped }
      if geometry.isTable(entry) {
        table = geometry.tableAddress(entry)
      } else if geometry.isLeaf(entry) {
        return geometry.lookup(entry, depth: depth, address: address)
      } else if geometry.isAbsent(entry) {
        return .stopped(at: entry, depth: depth)
      } else {
        let resolved = resolve(entry, depth: depth, address: address)
        guard resolved.isTable else { return resolved.lookup }
        table = resolved.lookup.physical.rawValue
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
    // A walk's next entry, and the depth at which it is to be read; 255 once it has its answer.
    var entryAddresses = InlineArray<64, UInt64>(repeating: 0)
    var depths = InlineArray<64, UInt8>(repeating: 255)
    var walk = 0
    while walk < count {
      let address = addresses[start &+ walk]
      answers[start &+ walk] = .unmapped
      if let region = format.region(of: address) {
        let geometry = format.geometry(Int(region.firstDepth))
        entryAddresses.replaceElement(
          at: walk,
          with: geometry.entryAddress(
            in: root[region.root].rawValue, for: address, indexBits: region.firstIndexBits))
        depths.replaceElement(at: walk, with: region.firstDepth)
      }
      walk &+= 1
    }
    var depth = 0
    while depth < format.levelCount {
      let geometry = format.geometry(depth)
      let next = format.geometry(depth &+ 1)
      walk = 0
      while walk < count {
        if Int(depths.element(at: walk, filler: 255)) == depth {
          let address = addresses[start &+ walk]
          let table = readLevel(
            address, entryAddress: entryAddresses.element(at: walk, filler: 0), depth: depth,
            geometry: geometry, in: memory, answer: &answers[start &+ walk])
          if let table {
            let following = next.entryAddress(in: table, for: address, indexBits: next.indexBits)
            entryAddresses.replaceElement(at: walk, with: following)
            depths.replaceElement(at: walk, with: UInt8(truncatingIfNeeded: depth &+ 1))
            memory.prefetch(at: PhysicalAddress(following), count: 1 &<< Int(next.entrySizeBits))
          } else {
            depths.replaceElement(at: walk, with: 255)
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
    _ address: VirtualAddress, entryAddress: UInt64, depth: Int, geometry: LevelGeometry,
    in memory: borrowing some PhysicalMemory & ~Copyable, answer: inout Lookup
  ) -> UInt64? {
    guard let entry = readEntry(at: entryAddress, geometry: geometry, in: memory) else { return nil }
    if geometry.isTable(entry) { return geometry.tableAddress(entry) }
    if geometry.isLeaf(entry) {
      answer = geometry.lookup(entry, depth: depth, address: address)
      return nil
    }
    if geometry.isAbsent(entry) {
      answer = .stopped(at: entry, depth: depth)
      return nil
    }
    let resolved = resolve(entry, depth: depth, address: address)
    guard !resolved.isTable else { return resolved.lookup.physical.rawValue }
    answer = resolved.lookup
    return nil
  }

  /// The entry, or nil if it cannot be read.
  @inlinable @inline(__always)
  func readEntry(
    at address: UInt64, geometry: LevelGeometry, in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> UInt64? {
    do throws(MemoryFault) {
      return try entry(
        at: PhysicalAddress(address), byteCount: 1 &<< Int(geometry.entrySizeBits), in: memory)
    } catch {
      return nil
    }
  }

  /// What the full rules say of an entry that the geometry does not know: an answer, or the next table as
  /// the answer's physical address.
  @usableFromInline @inline(never)
  func resolve(_ entry: UInt64, depth: Int, address: VirtualAddress) -> (lookup: Lookup, isTable: Bool) {
    let (_, rule) = format.level(depth).rule(for: entry)
    var lookup = Lookup.stopped(at: entry, depth: depth)
    switch meaning(of: entry, rule: rule, address: address, depth: depth) {
    case .table(let next):
      lookup.physical = next
      return (lookup, true)
    case .leaf(let physical, let sizeBits):
      lookup.physical = physical
      lookup.pageSizeBits = sizeBits
      return (lookup, false)
    case .stopped:
      return (lookup, false)
    }
  }
}

extension LevelGeometry {
  /// Where the entry for `address` lies, `indexBits` of which choose it.
  @inlinable @inline(__always)
  func entryAddress(in table: UInt64, for address: VirtualAddress, indexBits: UInt8) -> UInt64 {
    let index = (address.rawValue &>> UInt64(shift)) & ((1 &<< UInt64(indexBits)) &- 1)
    return table &+ (index &<< UInt64(entrySizeBits))
  }

  /// The answer that the leaf `entry` gives for `address`.
  @inlinable @inline(__always)
  func lookup(_ entry: UInt64, depth: Int, address: VirtualAddress) -> Lookup {
    let offsetMask: UInt64 = (1 &<< UInt64(leafSizeBits)) &- 1
    return Lookup(
      physical: PhysicalAddress((leafAddress(entry) & ~offsetMask) | (address.rawValue & offsetMask)),
      entry: entry, pageSizeBits: leafSizeBits, depth: UInt8(truncatingIfNeeded: depth))
  }
}
