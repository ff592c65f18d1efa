import PageTables
import TestMemory
import Testing

@Suite("Formats as constants, levels as geometries")
struct ConstantFormatTests {
  @Test("x86-64 as a constant is x86-64 as data")
  func constant() {
    let constant = X86_64FourLevel()
    let data = PagingFormat.x86_64
    #expect(constant.levelCount == data.levelCount)
    for depth in 0..<data.levelCount {
      #expect(constant.geometry(depth) == data.geometry(depth), "depth \(depth)")
    }
    #expect(constant.regionCount == data.regionCount)
    for index in 0..<data.regionCount {
      #expect(constant.region(index).first == data.region(index).first)
      #expect(constant.region(index).last == data.region(index).last)
      #expect(constant.region(index).root == data.region(index).root)
      #expect(constant.region(index).firstDepth == data.region(index).firstDepth)
      #expect(constant.region(index).firstIndexBits == data.region(index).firstIndexBits)
    }
    #expect(constant.byteOrder == data.byteOrder)
    #expect(constant.memoryEncryptionMask == data.memoryEncryptionMask)
    #expect(constant.pageSizeBits == data.pageSizeBits)
    #expect(constant.addressBits == data.addressBits)
  }

  @Test("x86-64 as a constant walks as x86-64 as data does")
  func walks() {
    let space = RandomSpace(.x86_64, seed: 11)
    let constant = Walker(format: X86_64FourLevel(), root: space.root)
    let data = Walker(format: PagingFormat.x86_64, root: space.root)
    for address in space.addresses(count: 300) {
      #expect(constant.lookup(address, in: space.memory) == data.lookup(address, in: space.memory))
      let window = Window(around: address, of: 1 << 14)
      #expect(
        constant.ranges(from: window.first, through: window.last, in: space.memory)
          == data.ranges(from: window.first, through: window.last, in: space.memory))
    }
  }

  @Test("a batch of walks with a constant format gives what single ones give")
  func batch() {
    let space = RandomSpace(.x86_64, seed: 12)
    let walker = Walker(format: X86_64FourLevel(), root: space.root)
    space.expectSingleAnswers(inBatchesOf: walker, count: 300)
  }

  @Test("what a geometry says of an entry, the rules say, too", arguments: FormatCase.all)
  func geometry(_ test: FormatCase) {
    var random = SeededGenerator(seed: 7)
    for depth in 0..<test.format.levelCount {
      let geometry = test.format.geometry(depth)
      let level = test.format.level(depth)
      for _ in 0..<2000 {
        let shape = level.rules[Int(random.next() % UInt64(level.rules.count))]
        let noise = random.next() & random.next()
        var entry = noise & ~shape.mask | shape.match
        if random.next() % 2 == 0 { entry &= ~shape.reserved | shape.match }
        if level.entryByteCount == 4 { entry &= 0xffff_ffff }
        let (index, rule) = level.rule(for: entry)
        if geometry.isTable(entry) {
          #expect(rule.kind == .table && index == Int(geometry.tableRuleIndex))
          #expect(entry & rule.reserved == 0)
          #expect(geometry.tableAddress(entry) == rule.address.address(from: entry).rawValue)
          let same = entry & geometry.tableAccessMask
          #expect(
            test.format.access(of: entry, by: rule).intersection(.all)
              == test.format.access(of: same | rule.match, by: rule))
        }
        if geometry.isLeaf(entry) {
          #expect(rule.kind == .leaf && index == Int(geometry.leafRuleIndex))
          #expect(entry & rule.reserved == 0)
          #expect(geometry.leafAddress(entry) == rule.address.address(from: entry).rawValue)
          #expect(geometry.leafSizeBits == rule.sizeBits)
        }
        if geometry.isAbsent(entry) {
          #expect(rule.kind == .absent && index == Int(geometry.absentRuleIndex))
        }
      }
    }
  }

  @Test("a geometry follows the format's memory-encryption mask")
  func encryption() {
    let format = PagingFormat.x86_64.masking(memoryEncryption: 1 << 47)
    for depth in 0..<3 { #expect(format.geometry(depth).tableAddress(.max) & 1 << 47 == 0) }
    #expect(format.geometry(3).leafAddress(.max) & 1 << 47 == 0)
    #expect(PagingFormat.x86_64.geometry(3).leafAddress(.max) & 1 << 47 != 0)
  }
}

/// Addresses around one, within the 64-bit space.
struct Window {
  let first: VirtualAddress
  let last: VirtualAddress

  init(around address: VirtualAddress, of byteCount: UInt64) {
    let start = address.rawValue & ~(byteCount - 1)
    first = VirtualAddress(start)
    last = VirtualAddress(start | (byteCount - 1))
  }
}
