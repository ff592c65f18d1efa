import LinuxKernel
import PageTables
import TestMemory
import Testing

@Suite("The kernel's symbol table in memory")
struct KallsymsTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var style: KallsymsWriter.Style

    init(_ name: String, _ style: KallsymsWriter.Style) {
      testDescription = name
      self.style = style
    }
  }

  static let cases = [
    Case("2.6 to 4.5, 32 bits", old(word: 4, alignment: 4)),
    Case("2.6 to 4.5, 64 bits", old(word: 8, alignment: 8)),
    Case("old arm, aligned to 2^4", old(word: 4, alignment: 16)),
    Case("old arm64, aligned to 2^8", old(word: 8, alignment: 256)),
    Case(
      "4.6, 32 bits",
      .init(encoding: .relativeToBase, order: .addressesFirst, word: 4, alignment: 4, hasLongLengths: false)),
    Case(
      "4.6, 64 bits",
      .init(encoding: .relativeToBase, order: .addressesFirst, markerBytes: 8, hasLongLengths: false)),
    Case(
      "4.20, per CPU", .init(encoding: .relativeToBasePerCPU, order: .addressesFirst, hasLongLengths: false)),
    Case(
      "6.1, per CPU, sequences",
      .init(encoding: .relativeToBasePerCPU, order: .addressesFirst, hasSequences: true)),
    Case("6.4, 32 bits", .init(encoding: .relativeToBase, order: .addressesLast, word: 4, alignment: 4)),
    Case("6.4, 64 bits", .init(encoding: .relativeToBase, order: .addressesLast)),
    Case("6.4, per CPU", .init(encoding: .relativeToBasePerCPU, order: .addressesLast)),
    Case("6.4, absolute", .init(encoding: .absolute, order: .addressesLast)),
    Case(
      "7.0, relative to the place", .init(encoding: .relativeToPlace, order: .addressesLast, alignment: 4)),
    Case(
      "7.0, 32 bits, not relocatable",
      .init(encoding: .absolute, order: .addressesLast, word: 4, alignment: 4)),
  ]

  static func old(word: Int, alignment: Int) -> KallsymsWriter.Style {
    .init(
      encoding: .absolute, order: .addressesFirst, word: word, alignment: alignment, markerBytes: word,
      hasLongLengths: false)
  }

  /// Symbols in the order of their addresses: aliases, per-CPU numbers where the encoding has them, a name of
  /// more than 127 tokens where lengths allow it.
  static func symbols(_ style: KallsymsWriter.Style) -> [Symbol] {
    let isWide = style.word == 8
    var address = isWide ? KallsymsWriter.base + 0xffff_ffff_7000_0000 - 0x10_0000 : 0xc010_0000
    var symbols: [Symbol] = []
    if style.encoding == .relativeToBasePerCPU || (style.encoding == .absolute && isWide) {
      symbols += (0..<40).map { Symbol(name: "per_cpu_\($0)", address: UInt64($0 / 2) * 16, type: "A") }
    }
    var generator = SeededGenerator(seed: 7)
    for index in symbols.count..<2500 {
      symbols.append(
        Symbol(
          name: index % 50 == 3 ? "static_name" : "the_function_\(index)_in_file",
          address: address, type: index % 3 == 0 ? "t" : "T"))
      if index % 7 != 0 { address += generator.next() % 4096 * 16 }
    }
    symbols[1000].name = String(repeating: "XYZ-", count: style.hasLongLengths ? 90 : 25)
    return symbols
  }

  static func kernelMemory(_ memory: some PhysicalMemory & Sendable, _ writer: KallsymsWriter) -> KernelMemory
  {
    let last = KallsymsWriter.base + UInt64(writer.bytes.count) - 1
    return KernelMemory(
      memory, ranges: [RAMRange(first: PhysicalAddress(KallsymsWriter.base), last: PhysicalAddress(last))])
  }

  @Test("every encoding is recognised and gives the same symbols", arguments: cases)
  func recognises(_ example: Case) throws {
    let style = example.style
    let symbols = Self.symbols(style)
    let writer = KallsymsWriter(style, symbols: symbols)
    let search = Kallsyms.find(
      in: Self.kernelMemory(writer.memory, writer), digitTokens: [writer.digits],
      imageOffset: style.imageOffset)
    let found = try #require(search.found.first, "\(search.rejected)")
    #expect(Array(found.symbols) == symbols)
    #expect(found.encoding == style.encoding)
    #expect(found.order == style.order)
    #expect(found.symbolCount == symbols.count)
    #expect(found.gaps.isEmpty)
    #expect(found.doubts.isEmpty)
    #expect(!found.hasPhysicalAddresses)
    #expect(found.parts.addresses.rawValue == writer.labels["addresses"])
    #expect(found.parts.relativeBase?.rawValue == writer.labels["relative_base"])
    #expect(found.parts.symbolCount.rawValue == writer.labels["num_syms"])
    #expect(found.parts.names.rawValue == writer.labels["names"])
    #expect(found.parts.markers.rawValue == writer.labels["markers"])
    #expect(found.parts.tokenTable.rawValue == writer.labels["token_table"])
    #expect(found.parts.tokenIndex.rawValue == writer.labels["token_index"])
  }

  @Test("addresses relative to their place are physical until something tells the image's offset")
  func physicalAddresses() throws {
    let style = KallsymsWriter.Style(encoding: .relativeToPlace, order: .addressesLast, alignment: 4)
    let symbols = Self.symbols(style)
    let writer = KallsymsWriter(style, symbols: symbols)
    let memory = Self.kernelMemory(writer.memory, writer)
    let blind = try #require(Kallsyms.find(in: memory, digitTokens: [writer.digits]).found.first)
    #expect(blind.hasPhysicalAddresses)
    #expect(blind.imageOffset == nil)
    #expect(blind.symbols[5].address == symbols[5].address - style.imageOffset)

    let table = String(writer.labels["token_table", default: 0] &+ style.imageOffset, radix: 16)
    let start = String(symbols[0].address, radix: 16)
    let told = VMCoreInfo(text: "SYMBOL(kallsyms_token_table)=\(table)\nSYMBOL(_stext)=\(start)\n")
    let found = try #require(
      Kallsyms.find(in: memory, digitTokens: [writer.digits], vmcoreinfo: told).found.first)
    #expect(!found.hasPhysicalAddresses)
    #expect(found.imageOffset == style.imageOffset)
    #expect(Array(found.symbols) == symbols)
  }

  @Test("what VMCOREINFO says otherwise is a doubt")
  func doubts() throws {
    let style = KallsymsWriter.Style(encoding: .relativeToBase, order: .addressesLast)
    var symbols = Self.symbols(style)
    symbols[0].name = "_stext"
    let writer = KallsymsWriter(style, symbols: symbols)
    func told(_ names: UInt64, _ start: UInt64) -> VMCoreInfo {
      let lines = [
        ("kallsyms_token_table", writer.labels["token_table", default: 0] &+ style.imageOffset),
        ("kallsyms_names", names &+ style.imageOffset), ("_stext", start),
      ]
      return VMCoreInfo(text: lines.map { "SYMBOL(\($0.0))=\(String($0.1, radix: 16))\n" }.joined())
    }
    let names = writer.labels["names", default: 0]
    let memory = Self.kernelMemory(writer.memory, writer)
    let good = Kallsyms.find(
      in: memory, digitTokens: [writer.digits], vmcoreinfo: told(names, symbols[0].address))
    #expect(try #require(good.found.first).doubts.isEmpty)
    #expect(good.found[0].evidence.detail.contains("agrees on kallsyms_names, _stext"))
    let bad = Kallsyms.find(
      in: memory, digitTokens: [writer.digits], vmcoreinfo: told(names + 8, symbols[0].address + 1))
    #expect(try #require(bad.found.first).doubts.count == 2)
  }

  @Test("symbols on missing pages are missed, and only those", arguments: ["names", "addresses"])
  func partial(_ part: String) throws {
    let style = KallsymsWriter.Style(encoding: .relativeToBase, order: .addressesFirst)
    let symbols = Self.symbols(style)
    let writer = KallsymsWriter(style, symbols: symbols)
    // The second page of the part, which holds nothing else.
    let hole = writer.labels[part, default: 0] + 4096
    let memory = FaultyMemory(writer.memory, faults: [hole: .excluded])
    let search = Kallsyms.find(in: Self.kernelMemory(memory, writer), digitTokens: [writer.digits])
    let found = try #require(search.found.first, "\(search.rejected)")
    #expect(found.gaps.count == 1)
    #expect(found.symbols.count < symbols.count)
    #expect(found.symbols.count > symbols.count / 3)
    #expect(found.symbolCount == symbols.count)
    let known = Set(symbols)
    #expect(found.symbols.allSatisfy(known.contains))
    #expect(found.symbols.last == symbols.last)
  }

  @Test(
    "a missing page of what all depends on is a reason", arguments: ["num_syms", "markers", "token_table"])
  func missing(_ part: String) throws {
    let style = KallsymsWriter.Style(encoding: .relativeToBase, order: .addressesFirst)
    let writer = KallsymsWriter(style, symbols: Self.symbols(style))
    let memory = FaultyMemory(writer.memory, faults: [writer.labels[part, default: 0]: .excluded])
    let search = Kallsyms.find(in: Self.kernelMemory(memory, writer), digitTokens: [writer.digits])
    #expect(search.found.isEmpty)
    #expect(search.rejected.count == 1)
  }

  @Test("damage is survived, and what is found stays within bounds", arguments: cases)
  func damage(_ example: Case) {
    let writer = KallsymsWriter(example.style, symbols: Self.symbols(example.style))
    var generator = SeededGenerator(seed: 99)
    var outcomes: Set<Bool> = []
    for _ in 0..<60 {
      var memory = writer.memory
      for _ in 0..<Int.random(in: 1...12, using: &generator) {
        let place = Int.random(in: memory.bytes.indices, using: &generator)
        memory.bytes[place] =
          [0, 1, 0x7f, 0x80, 0xff, UInt8.random(in: 0...255, using: &generator)]
          .randomElement(using: &generator) ?? 0
      }
      if Bool.random(using: &generator) {
        memory.bytes.removeLast(Int.random(in: 0..<memory.bytes.count, using: &generator))
      }
      let search = Kallsyms.find(in: Self.kernelMemory(memory, writer), digitTokens: [writer.digits])
      for found in search.found {
        #expect(found.symbols.count <= found.symbolCount)
        #expect(zip(found.symbols, found.symbols.dropFirst()).allSatisfy { $0.address <= $1.address })
        #expect(found.symbols.nearest(to: .max, within: .max)?.symbol.address == found.symbols.last?.address)
      }
      outcomes.insert(search.found.isEmpty)
      #expect(search.found.count + search.rejected.count == 1)
    }
    #expect(outcomes == [true, false])
  }

  @Test("noise holds no symbols")
  func noise() {
    let memory = KernelMemory(
      GarbageMemory(seed: 4), ranges: [RAMRange(first: PhysicalAddress(0), last: PhysicalAddress(.max))])
    let places: [UInt64] = [0, 0x1000, 0x123_4567, .max, .max - 40_000]
    for place in places {
      let search = Kallsyms.find(in: memory, digitTokens: [PhysicalAddress(place)])
      #expect(search.found.isEmpty)
      #expect(search.rejected.count == 1)
    }
  }
}
