import KernelOracle

extension ProgramGenerator {
  /// What a process does with memory that may have huge pages: four of them side by side, made and taken away
  /// whole and in parts.
  ///
  /// Without fork, which has programs of its own (``DirectedProgram``): which pages of a split huge page are then
  /// written in place depends on who has the others, and the lab counts each page by itself.
  mutating func hugeAction(_ areas: [Area], _ window: UInt64) -> MemoryOperation.Action? {
    let choice = random.number(below: 100)
    if areas.isEmpty || choice < 12 { return mapHuge(window) }
    let plain = areas.filter { !$0.flags.contains(.hugePages) && $0.byteCount >> pageBits >= tablePages }
    if !plain.isEmpty, random.happens(0.4) {
      let area = random.one(of: plain)
      return .advise(address: area.start, lengthBytes: area.byteCount, .hugePage)
    }
    let area = random.one(of: areas)
    switch choice {
    case ..<18:
      let advice: Advice = random.happens(0.8) ? .hugePage : .noHugePage
      return .advise(address: area.start, lengthBytes: area.byteCount, advice)
    case ..<58: return touchHuge(.write, areas)
    case ..<72: return touchHuge(.read, areas)
    case ..<78:
      // Emptied whole, so that the next access brings huge pages again.
      return .advise(address: area.start, lengthBytes: area.byteCount, .dontNeed)
    case ..<84:
      return range(areas).map {
        .advise(address: $0, lengthBytes: $1, random.happens(0.7) ? .dontNeed : .dontNeedLocked)
      }
    case ..<89: return range(areas).map { .unmap(address: $0, lengthBytes: $1) }
    case ..<96:
      let protection = random.one(of: [1, 3, 3, 3, 0] as [UInt32])
      if random.happens(0.3) {
        return .protect(
          address: area.start, lengthBytes: area.byteCount, Protection(rawValue: protection))
      }
      return range(areas).map { .protect(address: $0, lengthBytes: $1, Protection(rawValue: protection)) }
    default:
      let target = window + tablePages * random.number(below: 6) + random.one(of: [0, 0, 0, 1])
      return .remap(
        address: area.start, oldLengthBytes: area.byteCount, newLengthBytes: area.byteCount,
        [.mayMove, .fixed], newAddress: target << pageBits)
    }
  }

  private mutating func mapHuge(_ window: UInt64) -> MemoryOperation.Action {
    let table = tablePages
    let page = window + table * random.number(below: 4) + random.one(of: [0, 0, 0, 0, 1, table / 2])
    let count = random.one(of: [table, table, 2 * table, 2 * table + 16, 3 * table, 100])
    return .map(
      address: page << pageBits, lengthBytes: count << pageBits,
      random.happens(0.9) ? [.read, .write] : .read,
      [.private, .anonymous, .fixed], file: nil, offsetBytes: 0)
  }

  private mutating func touchHuge(
    _ access: MemoryOperation.Access, _ areas: [Area]
  ) -> MemoryOperation.Action {
    let page = page(areas, inArea: 1)
    let count = page + 8 < highest ? random.one(of: [1, 1, 1, 2, 8]) : 1
    return .touch(access, address: page << pageBits, pages: count)
  }
}
