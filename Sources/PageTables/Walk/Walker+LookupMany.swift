extension Walker {
  /// Takes many addresses to their physical addresses, the walks interleaved so that their cache misses
  /// overlap.
  ///
  /// With a constant format walks go in groups of 64: all of a group are taken to their last entry, which is
  /// asked for, before the first of these is read. The entries above are few, so they stay in the caches, and
  /// where they do not, the processor overlaps such short walks by itself.
  ///
  /// With a format that is data a walk is longer than the processor's window. Walks go in groups of 16, and
  /// the groups one level behind another: while one reads its leaves, the next reads the level above. A
  /// thousand addresses in one call are then faster than in calls of 64: the first and the last groups have
  /// nobody to overlap with.
  ///
  /// - Parameters:
  ///   - addresses: any addresses, in any order.
  ///   - memory: where the tables are.
  ///   - answers: receives one answer an address; the shorter of the two decides how many are done.
  /// - Complexity: one entry is read a level and address; sorted addresses touch fewer cache lines.
  @inlinable @inline(__always)
  public func lookup(
    _ addresses: borrowing Span<VirtualAddress>, in memory: borrowing some PhysicalMemory & ~Copyable,
    answers: inout MutableSpan<Lookup>
  ) {
    if Format.isConstant {
      lookupInTwo(addresses, in: memory, answers: &answers)
    } else {
      lookupByLevel(addresses, in: memory, answers: &answers)
    }
  }

  /// Groups of 64, each in two passes: to the last entries, and over them.
  @inlinable @inline(__always)
  func lookupInTwo(
    _ addresses: borrowing Span<VirtualAddress>, in memory: borrowing some PhysicalMemory & ~Copyable,
    answers: inout MutableSpan<Lookup>
  ) {
    let count = min(addresses.count, answers.count)
    var start = 0
    while start < count {
      let end = min(start &+ 64, count)
      var walk = start
      while walk < end {
        answers[walk] = approach(addresses[walk], in: memory)
        walk &+= 1
      }
      arrive(from: start, to: end, addresses, in: memory, answers: &answers)
      start = end
    }
  }

  /// Takes a walk to its last level, and asks for the entry there: the answer has yet to be read then, unless
  /// an entry above is one.
  @inlinable @inline(__always)
  func approach(
    _ address: VirtualAddress, in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> Lookup {
    guard let region = format.region(of: address) else { return .unmapped }
    var table = root[region.root].rawValue
    let lastDepth = format.levelCount &- 1
    // Written out, so that every level's numbers are constants.
    if lastDepth > 0, let answer = descend(&table, depth: 0, address: address, region: region, in: memory) {
      return answer
    }
    if lastDepth > 1, let answer = descend(&table, depth: 1, address: address, region: region, in: memory) {
      return answer
    }
    if lastDepth > 2, let answer = descend(&table, depth: 2, address: address, region: region, in: memory) {
      return answer
    }
    if lastDepth > 3, let answer = descend(&table, depth: 3, address: address, region: region, in: memory) {
      return answer
    }
    if lastDepth > 4, let answer = descend(&table, depth: 4, address: address, region: region, in: memory) {
      return answer
    }
    let geometry = format.geometry(lastDepth)
    let indexBits = lastDepth == Int(region.firstDepth) ? region.firstIndexBits : geometry.indexBits
    let entryAddress = PhysicalAddress(geometry.entryAddress(in: table, for: address, indexBits: indexBits))
    memory.prefetch(at: entryAddress, count: 1 &<< Int(geometry.entrySizeBits))
    return .waiting(toRead: entryAddress, depth: lastDepth)
  }

  /// Reads the last level's entries.
  @inlinable @inline(__always)
  func arrive(
    from start: Int, to end: Int, _ addresses: borrowing Span<VirtualAddress>,
    in memory: borrowing some PhysicalMemory & ~Copyable, answers: inout MutableSpan<Lookup>
  ) {
    let depth = format.levelCount &- 1
    let geometry = format.geometry(depth)
    var walk = start
    while walk < end {
      if answers[walk].isWaiting(at: depth) {
        var table: UInt64 = 0
        answers[walk] =
          read(
            at: answers[walk].physical.rawValue, depth: depth, geometry: geometry, address: addresses[walk],
            table: &table, in: memory) ?? .unmapped
      }
      walk &+= 1
    }
  }

  /// Groups of 16, one level behind another.
  @inlinable @inline(__always)
  func lookupByLevel(
    _ addresses: borrowing Span<VirtualAddress>, in memory: borrowing some PhysicalMemory & ~Copyable,
    answers: inout MutableSpan<Lookup>
  ) {
    let groupCount = (min(addresses.count, answers.count) &+ 15) / 16
    var step = 0
    while step < groupCount &+ format.levelCount &- 1 {
      // Written out, so that every level's numbers stand at a constant place.
      advance(group: step, depth: 0, addresses, in: memory, answers: &answers)
      advance(group: step &- 1, depth: 1, addresses, in: memory, answers: &answers)
      advance(group: step &- 2, depth: 2, addresses, in: memory, answers: &answers)
      advance(group: step &- 3, depth: 3, addresses, in: memory, answers: &answers)
      advance(group: step &- 4, depth: 4, addresses, in: memory, answers: &answers)
      advance(group: step &- 5, depth: 5, addresses, in: memory, answers: &answers)
      step &+= 1
    }
  }

  /// Reads the entries of the level at `depth` of one group's walks, and asks for those of the next level.
  ///
  /// The answers hold the walks that are on their way: an array of its own would be copied at every access
  /// by Swift 6.3.
  ///
  /// - Parameter group: may be before the first and behind the last: then there is nothing to do.
  @inlinable @inline(__always)
  func advance(
    group: Int, depth: Int, _ addresses: borrowing Span<VirtualAddress>,
    in memory: borrowing some PhysicalMemory & ~Copyable, answers: inout MutableSpan<Lookup>
  ) {
    guard depth < format.levelCount, group >= 0 else { return }
    var walk = group &* 16
    let end = min(walk &+ 16, min(addresses.count, answers.count))
    let geometry = format.geometry(depth)
    let isLast = depth &+ 1 >= format.levelCount
    let next = format.geometry(depth &+ 1)
    while walk < end {
      let address = addresses[walk]
      if depth == 0 { answers[walk] = start(address) }
      if answers[walk].isWaiting(at: depth) {
        var table: UInt64 = 0
        if let answer = read(
          at: answers[walk].physical.rawValue, depth: depth, geometry: geometry, address: address,
          table: &table, in: memory)
        {
          answers[walk] = answer
        } else if isLast {
          answers[walk] = .unmapped
        } else {
          let entryAddress = PhysicalAddress(
            next.entryAddress(in: table, for: address, indexBits: next.indexBits))
          answers[walk].physical = entryAddress
          memory.prefetch(at: entryAddress, count: 1 &<< Int(next.entrySizeBits))
        }
      }
      walk &+= 1
    }
  }

  /// A walk that has read nothing yet.
  @inlinable @inline(__always)
  func start(_ address: VirtualAddress) -> Lookup {
    guard let region = format.region(of: address) else { return .unmapped }
    let depth = Int(region.firstDepth)
    let entryAddress = format.geometry(depth).entryAddress(
      in: root[region.root].rawValue, for: address, indexBits: region.firstIndexBits)
    return .waiting(toRead: PhysicalAddress(entryAddress), depth: depth)
  }
}
