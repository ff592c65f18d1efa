import PageTables

/// A table of addresses that fits the names: as many, and never falling.
struct KallsymsAddresses: Sendable {
  let encoding: Kallsyms.Encoding
  let order: Kallsyms.Order
  let place: UInt64
  let basePlace: UInt64?
  /// nil for those on missing pages; of places, physical addresses.
  let values: [UInt64?]

  /// All tables that could be the one of `names`, the best founded first.
  static func candidates(
    names: KallsymsNames, tokens: KallsymsTokens, in memory: KernelMemory
  ) -> [KallsymsAddresses] {
    let alignment = names.alignment
    let count = UInt64(names.count)
    let behind = tokens.end.aligned(to: alignment)
    // Tables are aligned to words, or to two to the power of a word's bytes. Since 7.0 it is 4 everywhere, but
    // then there are no words in them either.
    let word: UInt64 = alignment == 4 || alignment == 16 ? 4 : 8
    let beforeCount = names.countPlace &- alignment
    var found: [KallsymsAddresses] = []
    for (order, place, base) in [
      (Kallsyms.Order.addressesFirst, beforeCount &- (4 * count).aligned(to: alignment), beforeCount),
      (.addressesLast, behind, (behind + 4 * count).aligned(to: alignment)),
    ] {
      found += relativeToBase(order, place, base: base, count: names.count, word: Int(word), in: memory)
    }
    let first = names.countPlace &- (word * count).aligned(to: alignment)
    for (order, place) in [(Kallsyms.Order.addressesFirst, first), (.addressesLast, behind)] {
      found += absolute(order, place, count: names.count, word: Int(word), in: memory)
    }
    return found + relativeToPlace(behind, count: names.count, in: memory)
  }

  private static func relativeToBase(
    _ order: Kallsyms.Order, _ place: UInt64, base basePlace: UInt64, count: Int, word: Int,
    in memory: KernelMemory
  ) -> [KallsymsAddresses] {
    guard let base = memory.word(at: PhysicalAddress(basePlace), byteCount: word), isKernel(base, word),
      let offsets = table(at: place, count: count, byteCount: 4, in: memory)
    else { return [] }
    let mask = word == 4 ? 0xffff_ffff : UInt64.max
    let read = offsets.lazy.compactMap(\.self)
    let negatives = read.count { $0 >> 31 == 1 }
    let isPerCPU = word == 8 && 2 * negatives > read.count
    // No kernel lies across the end of the address space. In 32 bits this tells addresses from offsets.
    guard isPerCPU || read.allSatisfy({ $0 <= mask - base }) else { return [] }
    let values = offsets.map { offset -> UInt64? in
      guard let offset else { return nil }
      if isPerCPU { return offset >> 31 == 1 ? base &- 1 &- signed(offset) : offset }
      return base &+ offset
    }
    guard rises(values) else { return [] }
    return [
      KallsymsAddresses(
        encoding: isPerCPU ? .relativeToBasePerCPU : .relativeToBase, order: order, place: place,
        basePlace: basePlace, values: values)
    ]
  }

  private static func absolute(
    _ order: Kallsyms.Order, _ place: UInt64, count: Int, word: Int, in memory: KernelMemory
  ) -> [KallsymsAddresses] {
    guard let values = table(at: place, count: count, byteCount: word, in: memory), rises(values),
      // Symbols of per-CPU variables may come first, at small numbers; most are addresses.
      2 * values.count(where: { $0.map { isKernel($0, word) } ?? true }) > values.count
    else { return [] }
    return [
      KallsymsAddresses(
        encoding: .absolute, order: order, place: place, basePlace: nil, values: values)
    ]
  }

  private static func relativeToPlace(
    _ place: UInt64, count: Int, in memory: KernelMemory
  ) -> [KallsymsAddresses] {
    guard let offsets = table(at: place, count: count, byteCount: 4, in: memory) else { return [] }
    let values = offsets.enumerated().map { index, offset in
      offset.map { place &+ UInt64(4 * index) &+ signed($0) }
    }
    // The image begins with code, and so some MB below its read-only data, where the table stands itself.
    guard rises(values), let first = values.first(where: { $0 != nil }) ?? nil, first < place,
      place - first < 1 << 28
    else { return [] }
    return [
      KallsymsAddresses(
        encoding: .relativeToPlace, order: .addressesLast, place: place, basePlace: nil,
        values: values)
    ]
  }

  /// The words at `place`, unless it is outside memory or most of them are missing.
  private static func table(
    at place: UInt64, count: Int, byteCount: Int, in memory: KernelMemory
  ) -> [UInt64?]? {
    let size = UInt64(count * byteCount)
    guard place <= .max - size, size <= MemoryStretch.limitBytes else { return nil }
    let stretch = MemoryStretch(memory, from: place, to: place + size)
    guard stretch.missing.reduce(0, { $0 + $1.count }) <= stretch.bytes.count / 2 else { return nil }
    return stretch.words(at: place, count: count, byteCount: byteCount)
  }

  /// Whether the values never fall, and are as different as addresses of symbols are.
  private static func rises(_ values: [UInt64?]) -> Bool {
    var last: UInt64?
    var steps = 0
    for case .some(let value) in values {
      if let last {
        if value < last { return false }
        if value > last { steps += 1 }
      }
      last = value
    }
    return steps > values.count / 16
  }

  /// Whether an address is one of a kernel: the upper half of 64 bits; of 32 bits all but the lowest quarter
  /// (`VMSPLIT_1G`).
  private static func isKernel(_ address: UInt64, _ word: Int) -> Bool {
    word == 8 ? address >> 63 == 1 : address >= 0x4000_0000
  }

  private static func signed(_ offset: UInt64) -> UInt64 {
    UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: offset)))
  }
}
