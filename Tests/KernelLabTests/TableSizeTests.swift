import KernelLab
import PageTables
import Testing

@Suite("What tables need")
struct TableSizeTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var shape: PagingShape
    var ramByteCount: UInt64?
    var processCount: UInt64 = 1
    var mappedByteCount: UInt64?
    /// Kind, what is mapped, entries, tables, bytes: of one process.
    var expected: [(TableNeed.Kind, TableNeed.Case?, UInt64, UInt64, UInt64)]
  }

  static let cases: [Case] = {
    func shape(_ levels: [Int], page: UInt64 = 4096, entry: UInt64 = 4) -> PagingShape {
      // The numbers are the test's own.
      // swift-format-ignore: NeverUseForceTry
      try! PagingShape(indexBits: levels, pageByteCount: page, entryByteCount: entry)
    }
    let kibi: UInt64 = 1024
    return [
      Case(
        testDescription: "4 GiB of 4 KiB pages, two levels of 10 bits",
        shape: shape([10, 10]), ramByteCount: 4 << 30, mappedByteCount: 4 << 20,
        expected: [
          (.linear, nil, 1 << 20, 1, 4 << 20), (.multiLevel, .empty, 1024, 1, 4 * kibi),
          (.multiLevel, .dense, 2048, 2, 8 * kibi), (.multiLevel, .sparse, 1025 << 10, 1025, 4100 * kibi),
          (.multiLevel, .full, 1025 << 10, 1025, 4100 * kibi), (.inverted, nil, 1 << 20, 1, 20 << 20),
          (.hashed, nil, 1024, 1, 28 * kibi),
        ]),
      Case(
        testDescription: "16 frames of 1 KiB shared by four processes",
        shape: shape([6], page: 1024), ramByteCount: 16 << 10, processCount: 4,
        expected: [
          (.linear, nil, 64, 1, 256), (.multiLevel, .empty, 64, 1, 256), (.multiLevel, .full, 64, 1, 256),
          (.inverted, nil, 16, 1, 16 * 16 + 16 * 4), (.hashed, nil, 16, 1, 16 * 24 + 16 * 4),
        ]),
      Case(
        testDescription: "x86-64, two pages", shape: PagingShape(.x86_64), mappedByteCount: 8192,
        expected: [
          (.linear, nil, 1 << 36, 1, 512 << 30), (.multiLevel, .empty, 512, 1, 4096),
          (.multiLevel, .dense, 4 * 512, 4, 4 * 4096), (.multiLevel, .sparse, 7 * 512, 7, 7 * 4096),
          (
            .multiLevel, .full, (1 + 1 << 9 + 1 << 18 + 1 << 27) << 9, 1 + 1 << 9 + 1 << 18 + 1 << 27,
            (1 + 1 << 9 + 1 << 18 + 1 << 27) << 12
          ), (.hashed, nil, 2, 1, 2 * 24 + 2 * 4),
        ]),
      Case(
        testDescription: "PAE, a page: a top table of 32 bytes", shape: PagingShape(.x86PAE),
        mappedByteCount: 1,
        expected: [
          (.linear, nil, 1 << 20, 1, 8 << 20), (.multiLevel, .empty, 4, 1, 32),
          (.multiLevel, .dense, 1028, 3, 8224), (.multiLevel, .sparse, 1028, 3, 8224),
          (.multiLevel, .full, 4 + 4 * 512 + 2048 * 512, 2053, 32 + 2052 << 12), (.hashed, nil, 1, 1, 28),
        ]),
      Case(
        testDescription: "ARM, a page: two hardware tables share a page with Linux's",
        shape: PagingShape(.arm), mappedByteCount: 4096,
        expected: [
          (.linear, nil, 1 << 20, 1, 4 << 20), (.multiLevel, .empty, 4096, 1, 16 * kibi),
          (.multiLevel, .dense, 4352, 2, 20 * kibi), (.multiLevel, .sparse, 4352, 2, 20 * kibi),
          (.multiLevel, .full, 4096 + 4096 * 256, 4097, 16 * kibi + 2048 * 4 * kibi),
          (.hashed, nil, 1, 1, 28),
        ]),
    ]
  }()

  @Test("the classroom's numbers come out", arguments: cases)
  func golden(_ given: Case) throws {
    var size = TableSize(given.shape)
    size.ramByteCount = given.ramByteCount
    size.processCount = given.processCount
    size.mappedByteCount = given.mappedByteCount
    let needs = try size.needs()
    #expect(needs.map(\.kind) == given.expected.map(\.0))
    for (need, expected) in zip(needs, given.expected) {
      #expect(need.case == expected.1)
      #expect(need.entryCount == expected.2, "\(need.kind) \(expected)")
      #expect(need.tableCount == expected.3, "\(need.kind) \(expected)")
      #expect(need.byteCount == expected.4, "\(need.kind) \(expected)")
      let isForAll = need.kind == .inverted || need.kind == .hashed
      #expect(need.processCount == (isForAll ? nil : given.processCount))
    }
  }

  /// Tables by level that the given pages need: distinct beginnings of their numbers.
  private func tables(_ shape: PagingShape, pages: [UInt64]) -> [Int] {
    var bitsBelow = shape.levels.reduce(0) { $0 + $1.indexBits }
    return shape.levels.map { level in
      defer { bitsBelow -= level.indexBits }
      return bitsBelow == 64 ? 1 : Set(pages.map { $0 >> UInt64(bitsBelow) }).count
    }
  }

  @Test(
    "dense and sparse are the tables of pages side by side and of pages with their bits turned round",
    arguments: [[10, 10], [2, 9, 9], [9, 9, 9, 9], [3, 5, 2], [7]])
  func extremes(_ levels: [Int]) throws {
    let shape = try PagingShape(indexBits: levels, pageByteCount: 4096, entryByteCount: 8)
    let bits = UInt64(levels.reduce(0, +))
    for count in [UInt64(1), 2, 3, 7, 64, 100] where count <= 1 << bits {
      var size = TableSize(shape)
      size.mappedByteCount = count * 4096
      let needs = try size.needs()
      let dense = try #require(needs.first { $0.case == .dense })
      let sparse = try #require(needs.first { $0.case == .sparse })
      let side = Array(0..<count)
      let apart = side.map { page in
        (0..<bits).reduce(UInt64(0)) { $0 | (page >> $1 & 1) << (bits - 1 - $1) }
      }
      #expect(dense.levels.map { Int($0.tableCount) } == tables(shape, pages: side))
      #expect(sparse.levels.map { Int($0.tableCount) } == tables(shape, pages: apart))
    }
  }

  @Test("tables of a page each: as many levels as the address needs")
  func derivedLevels() throws {
    func levels(_ bits: Int, _ page: UInt64, _ entry: UInt64) throws -> [Int] {
      try PagingShape(addressBits: bits, pageByteCount: page, entryByteCount: entry).levels.map(\.indexBits)
    }
    #expect(try levels(32, 4096, 4) == [10, 10])
    #expect(try levels(48, 4096, 8) == [9, 9, 9, 9])
    #expect(try levels(64, 4096, 8) == [7, 9, 9, 9, 9, 9])
    #expect(try levels(32, 4096, 6) == [2, 9, 9])
    #expect(try levels(14, 1024, 4) == [4])
  }

  @Test("a format's shape is that of its process's root")
  func formats() {
    #expect(PagingShape(.x86_64LA57).levels.map(\.indexBits) == [9, 9, 9, 9, 9])
    #expect(PagingShape(.arm).levels.map(\.indexBits) == [12, 8])
    #expect(PagingShape(.x86PAE).addressBits == 32)
    for format in PagingFormat.catalogue {
      let shape = PagingShape(format)
      #expect((32...57).contains(shape.addressBits), "\(format.name)")
      #expect(throws: Never.self, "\(format.name)") { try TableSize(shape).needs() }
    }
  }

  @Test("numbers that do not fit are errors")
  func errors() {
    func shape(_ bits: Int, _ page: UInt64, _ entry: UInt64) throws(TableSizeError) -> PagingShape {
      try PagingShape(addressBits: bits, pageByteCount: page, entryByteCount: entry)
    }
    #expect(throws: TableSizeError.pageSize(3)) { try shape(32, 3, 4) }
    #expect(throws: TableSizeError.pageSize(0)) { try shape(32, 0, 4) }
    #expect(throws: TableSizeError.entrySize(0)) { try shape(32, 4096, 0) }
    #expect(throws: TableSizeError.addressBits(12, pageSizeBits: 12)) { try shape(12, 4096, 4) }
    #expect(throws: TableSizeError.addressBits(65, pageSizeBits: 12)) { try shape(65, 4096, 4) }
    #expect(throws: TableSizeError.addressBits(-1, pageSizeBits: 12)) { try shape(-1, 4096, 4) }
    #expect(throws: TableSizeError.entriesPerPage(entryByteCount: 64, pageByteCount: 64)) {
      try shape(32, 64, 64)
    }
    #expect(throws: TableSizeError.levels([10, 0])) {
      try PagingShape(indexBits: [10, 0], pageByteCount: 4096, entryByteCount: 4)
    }
    #expect(throws: TableSizeError.levelSum(32, addressBits: 31)) {
      try PagingShape(indexBits: [10, 10], pageByteCount: 4096, entryByteCount: 4, addressBits: 31)
    }
    var size = TableSize(PagingShape(.x86))
    size.mappedByteCount = 4 << 30 + 1
    #expect(throws: TableSizeError.mapped(4 << 30 + 1, addressBits: 32)) { try size.needs() }
    size.mappedByteCount = .max
    #expect(throws: TableSizeError.mapped(.max, addressBits: 32)) { try size.needs() }
    size.mappedByteCount = nil
    size.processCount = 0
    #expect(throws: TableSizeError.processes(0)) { try size.needs() }
    size.processCount = 1
    size.ramByteCount = 4095
    #expect(throws: TableSizeError.ram(4095)) { try size.needs() }
    var large = TableSize(PagingShape(.x86_64LA57))
    large.processCount = 1 << 32
    #expect(throws: TableSizeError.tooLarge("the bytes of linear tables")) { try large.needs() }
  }
}
