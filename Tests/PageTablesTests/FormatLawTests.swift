import PageTables
import TestMemory
import Testing

@Suite("Every format obeys the laws of formats")
struct FormatLawTests {
  @Test("nothing was dropped from a list that is too short", arguments: FormatCase.all)
  func capacities(_ test: FormatCase) {
    let format = test.format
    #expect(format.levels.count < 6)
    #expect(format.regions.count < 4)
    #expect(format.accessTables.count < 6)
    #expect(format.fieldTables.count < 8)
    #expect(format.notPresent.rules.count < 12)
    #expect(format.implications.count < 2)
    for level in format.levelList { #expect(level.rules.count < 9) }
    for table in format.accessTables.elements { #expect(table.rules.count < 12) }
    for table in format.fieldTables.elements { #expect(table.fields.count < 24) }
  }

  @Test("regions ascend and do not overlap", arguments: FormatCase.all)
  func regionOrder(_ test: FormatCase) {
    let regions = test.format.regions.elements
    #expect(!regions.isEmpty)
    for region in regions {
      #expect(region.first <= region.last)
      if test.format.addressBits < 64 {
        #expect(region.last.rawValue >> UInt64(test.format.addressBits) == 0)
      }
    }
    for (lower, upper) in zip(regions, regions.dropFirst()) { #expect(lower.last < upper.first) }
  }

  @Test("the levels of a region take every bit of its addresses once", arguments: FormatCase.all)
  func indexBits(_ test: FormatCase) {
    let format = test.format
    for region in format.regions.elements {
      let levels = format.levelList.dropFirst(Int(region.firstDepth))
      #expect(!levels.isEmpty)
      for (upper, lower) in zip(levels, levels.dropFirst()) {
        #expect(upper.shift == lower.shift + lower.indexBits)
      }
      #expect(levels.last?.shift == format.pageSizeBits)
      // Two addresses of a region differ in bits that the levels take.
      let bits = UInt64((levels.first?.shift ?? 0) + region.firstIndexBits)
      let span = region.last.rawValue - region.first.rawValue
      #expect(bits >= 64 || span >> bits == 0)
      #expect(region.firstIndexBits > 0)
    }
  }

  @Test("tables lead to a level, and leaves map what their entry spans", arguments: FormatCase.all)
  func ruleKinds(_ test: FormatCase) {
    let levels = test.format.levelList
    for (depth, level) in levels.enumerated() {
      for rule in level.rules.elements where rule.kind == .table {
        #expect(depth + 1 < levels.count, "\(rule.name)")
        // A table lies on a multiple of its size, so an entry holds its whole address.
        let alignment = rule.address.addressMask.trailingZeroBitCount
        #expect(levels[depth + 1].tableByteCount <= 1 << alignment, "\(rule.name)")
      }
      for rule in level.rules.elements where rule.kind == .leaf {
        #expect(rule.sizeBits >= level.shift, "\(rule.name)")
        #expect(rule.address.addressMask.trailingZeroBitCount >= Int(rule.sizeBits), "\(rule.name)")
      }
      #expect(level.rules.elements.contains { $0.kind == .absent })
    }
  }

  @Test("a rule's bits do not contradict each other", arguments: FormatCase.all)
  func ruleBits(_ test: FormatCase) {
    let format = test.format
    for level in format.levelList {
      let width = UInt64(level.entryByteCount) * 8
      for rule in level.rules.elements {
        #expect(rule.match & ~rule.mask == 0, "\(rule.name)")
        #expect(rule.reserved & rule.match == 0, "\(rule.name)")
        #expect(rule.reserved & rule.address.entryMask == 0, "\(rule.name)")
        if width < 64 {
          #expect((rule.mask | rule.reserved | rule.address.entryMask) >> width == 0, "\(rule.name)")
        }
      }
    }
  }

  @Test("an entry's fields have names, room, and bits of their own", arguments: FormatCase.all)
  func fieldBits(_ test: FormatCase) {
    let format = test.format
    for level in format.levelList {
      let present = level.software.groupByteCount > 0 ? [level.software.present] : []
      for rule in level.rules.elements + present where rule.kind == .table || rule.kind == .leaf {
        let accessIsKnown = rule.accessTable == 255 || Int(rule.accessTable) < format.accessTables.count
        #expect(accessIsKnown, "\(rule.name)")
        #expect(Int(rule.fieldTable) < format.fieldTables.count, "\(rule.name)")
        var taken = rule.address.entryMask
        for field in format.fields(of: rule).fields.elements {
          #expect(!field.name.description.isEmpty)
          #expect(field.mask & taken == 0, "\(rule.name): \(field.name)")
          if level.entryByteCount == 4 { #expect(field.mask >> 32 == 0, "\(rule.name): \(field.name)") }
          taken |= field.mask
        }
        // What the rights are read from is shown.
        if rule.accessTable != 255 {
          #expect(format.accessTables[Int(rule.accessTable)].mask & ~taken == 0, "\(rule.name)")
        }
      }
    }
  }

  @Test("an address layout gives back what it was given", arguments: FormatCase.all)
  func layouts(_ test: FormatCase) {
    var random = SeededGenerator(seed: 1)
    let rules = test.format.levelList.flatMap { $0.rules.elements }.filter {
      $0.kind == .table || $0.kind == .leaf
    }
    for layout in rules.map(\.address) + [test.format.rootRegister] {
      #expect(layout.entryMask.nonzeroBitCount == layout.addressMask.nonzeroBitCount)
      for _ in 0..<50 {
        let word = random.next()
        #expect(layout.entryBits(of: layout.address(from: word)) == word & layout.entryMask)
        let address = PhysicalAddress(word)
        #expect(layout.address(from: layout.entryBits(of: address)).rawValue == word & layout.addressMask)
      }
    }
  }

  @Test("the quick geometry says what the full rules say", arguments: FormatCase.all)
  func geometry(_ test: FormatCase) {
    let format = test.format
    var random = SeededGenerator(seed: 2)
    for (depth, level) in format.levelList.enumerated() {
      let geometry = format.geometry(depth)
      var quick = 0
      for round in 0..<400 {
        let entry = level.randomEntry(round, &random)
        let (_, rule) = level.rule(for: entry)
        let isClean = entry & rule.reserved == 0
        if geometry.isTable(entry) {
          quick += 1
          #expect(rule.kind == .table && isClean)
          #expect(geometry.tableAddress(entry) == rule.address.address(from: entry).rawValue)
          #expect(!geometry.isLeaf(entry))
        }
        if geometry.isLeaf(entry) {
          quick += 1
          #expect(rule.kind == .leaf && isClean)
          #expect(geometry.leafAddress(entry) == rule.address.address(from: entry).rawValue)
          #expect(geometry.leafSizeBits == rule.sizeBits)
        }
      }
      // Where addresses are one run of bits, the quick way is taken.
      let isPlain = level.rules.elements.contains {
        ($0.kind == .leaf || $0.kind == .table) && $0.address.second.bitCount == 0
      }
      #expect(quick > 0 || !isPlain, "\(level.name)")
    }
  }

  @Test("every format is found by its name, and no name is used twice")
  func names() {
    let names = PagingFormat.catalogue.map { $0.name.description }
    #expect(Set(names).count == names.count)
    for name in names { #expect(PagingFormat.named(name)?.name.description == name) }
    #expect(PagingFormat.named("pdp-11") == nil)
  }
}

extension Level {
  /// An entry that looks like one of this level's rules, more or less.
  func randomEntry(_ round: Int, _ random: inout SeededGenerator) -> UInt64 {
    let width: UInt64 = entryByteCount == 4 ? 0xffff_ffff : .max
    let rule = rules[Int(random.next() % UInt64(rules.count))]
    var entry = random.next() & ~rule.mask | rule.match
    switch round % 4 {
    case 0, 1: entry &= ~rule.reserved
    case 2: entry = entry & ~rule.reserved ^ (1 << (random.next() % 64))
    default: break
    }
    return entry & width
  }
}
