import KernelLab
import PageTables
import Testing

@Suite("Inverted and hashed tables")
struct TranslationTableTests {
  /// One mapping of the model.
  struct Place: Hashable {
    var space: UInt32
    var page: UInt64
  }

  enum Kind: String, CaseIterable, Sendable {
    case inverted
    case hashed
    case hashedInOneChain
    case clustered

    func make() throws -> any TranslationTable {
      switch self {
      case .inverted: try InvertedTable(frames: [0...99, 1000...1099])
      case .hashed: HashedTable(bucketCount: 200)
      case .hashedInOneChain: HashedTable(bucketCount: 1)
      case .clustered: HashedTable(bucketCount: 16, pagesPerEntryBits: 4)
      }
    }
  }

  @Test("they answer as a dictionary does, whatever is entered", arguments: Kind.allCases)
  func model(_ kind: Kind) throws {
    var table = try kind.make()
    var model: [Place: (frame: UInt64, access: Access)] = [:]
    var random = Random(seed: 7)
    for _ in 0..<500 {
      let place = Place(space: UInt32(random.next() % 3), page: random.next() % 150)
      // RAM of the inverted table, its gap and what is behind it.
      let frame = random.next() % 1300
      let access = Access(rawValue: UInt8(random.next() % 64))
      let isNew = table.insert(page: place.page, space: place.space, frame: frame, access: access)
      #expect(isNew == (model[place] == nil))
      if isNew { model[place] = (frame, access) }
    }
    for space in UInt32(0)..<4 {
      for page in UInt64(0)..<160 {
        let expected = model[Place(space: space, page: page)]
        let found = table.find(page: page, space: space).found
        #expect(found?.frame == expected?.frame)
        #expect(found?.access == expected?.access)
      }
    }
    if kind != .clustered { #expect(table.usedEntryCount == model.count) }
  }

  @Test("chains hold every entry once, and their lengths tell what lookups cost", arguments: Kind.allCases)
  func chains(_ kind: Kind) throws {
    var table = try kind.make()
    // One page an entry, also where an entry has room for sixteen.
    let runs = (0..<120).map {
      PageRun(space: 5, page: UInt64($0 * 16), frame: UInt64($0 * 9), pageCount: 1, access: .all)
    }
    for run in runs {
      let count = table.insert(run)
      #expect(count == 1)
    }
    let lengths = table.chainLengths
    #expect(lengths.reduce(0, +) == table.anchorCount)
    #expect(lengths.enumerated().reduce(0) { $0 + $1.offset * $1.element } == table.usedEntryCount)
    let measure = table.measure(runs)
    #expect(measure.wrongCount == 0)
    #expect(measure.lookupCount == 120)
    #expect(measure.longestProbeCount == lengths.count - 1)
    // The n entries of a chain are found after 1, 2, ... n probes.
    let probes = lengths.enumerated().reduce(0) { $0 + $1.offset * ($1.offset + 1) / 2 * $1.element }
    #expect(measure.probeCount == UInt64(probes))
  }

  @Test("sixteen frames shared by four processes: sixteen entries, and one beside for each further address")
  func sharing() throws {
    var table = try InvertedTable(frames: [0...15])
    // Each process has three pages of its own, and all map frame 12 at an address of their own.
    for process in UInt32(0)..<4 {
      for page in UInt64(0)..<3 {
        let isEntered1 = table.insert(
          page: page, space: process, frame: UInt64(process) * 3 + page, access: .all)
        #expect(isEntered1)
      }
      let isEntered2 = table.insert(page: 20 + UInt64(process), space: process, frame: 12, access: .read)
      #expect(isEntered2)
    }
    #expect(table.frameCount == 16)
    #expect(table.mappedFrameCount == 13)
    #expect(table.aliasCount == 3)
    #expect(table.outsideCount == 0)
    #expect(table.byteCount == 16 * 16 + 3 * 24 + 16 * 4)
    for process in UInt32(0)..<4 {
      #expect(table.find(page: 20 + UInt64(process), space: process).found?.frame == 12)
      #expect(table.find(page: 20 + UInt64(process), space: process ^ 1).found == nil)
    }
    // A fork: the child's pages are aliases, all of them.
    for page in UInt64(0)..<3 {
      let isEntered3 = table.insert(page: page, space: 9, frame: page, access: .read)
      #expect(isEntered3)
    }
    #expect(table.aliasCount == 6)
    // The same frame twice in one space is an alias, too.
    let isEntered4 = table.insert(page: 77, space: 0, frame: 0, access: .read)
    #expect(isEntered4)
    #expect(table.aliasCount == 7)
    #expect(table.find(page: 77, space: 0).found?.frame == 0)
  }

  @Test("RAM may come in pieces, in any order, overlapping; a device's page is found beside the table")
  func ram() throws {
    var table = try InvertedTable(frames: [100...109, 0...9, 5...12])
    #expect(table.frameCount == 23)
    for (page, frame) in [0, 12, 100, 109].enumerated() {
      let isEntered5 = table.insert(page: UInt64(page), space: 1, frame: UInt64(frame), access: .all)
      #expect(isEntered5)
      #expect(table.find(page: UInt64(page), space: 1).found?.frame == UInt64(frame))
    }
    #expect(table.extraEntryCount == 0)
    let isEntered6 = table.insert(page: 50, space: 1, frame: 0xfee00, access: .all)
    #expect(isEntered6)
    #expect(table.outsideCount == 1)
    #expect(table.find(page: 50, space: 1).found?.frame == 0xfee00)
  }

  @Test("RAM that is too large for a table, or all there can be, is an error; no RAM is an empty table")
  func limits() throws {
    #expect(throws: TableSizeError.tooManyFrames(limit: 100)) {
      try InvertedTable(frames: [0...60, 100...160], frameLimit: 100)
    }
    #expect(throws: TableSizeError.tooManyFrames(limit: 1 << 26)) {
      try InvertedTable(frames: [0...UInt64.max])
    }
    var none = try InvertedTable(frames: [])
    #expect(none.find(page: 0, space: 0).found == nil)
    let isEntered7 = none.insert(page: 1, space: 1, frame: 1, access: .all)
    #expect(isEntered7)
    #expect(none.find(page: 1, space: 1).found?.frame == 1)
    let isEntered8 = none.insert(page: 1 << 58, space: 1, frame: 1, access: .all)
    #expect(!isEntered8)
    var hashed = HashedTable(bucketCount: 1)
    let isEntered9 = hashed.insert(page: 1, space: 1, frame: 1 << 57, access: .all)
    #expect(!isEntered9)
  }

  @Test("the transcript's process is found page by page in tables of every kind")
  func transcript() throws {
    let machine = LabImage(try Machine.transcript())
    let format = machine.profile.format
    let task = try #require(machine.tasks.first { $0.pid == 614 })
    var collector = PageRunCollector(format: format)
    collector.space = 614
    let walker = Walker(format: format, root: try #require(task.root))
    walker.ranges(through: VirtualAddress(0x7fff_ffff), in: machine, into: &collector)
    #expect(collector.isComplete)
    // Text, data, heap, library, stack: as TranscriptStory maps them, without the old page.
    #expect(collector.pageCount == 6 + 1 + 1 + 3 + 16 + 2)
    let first = machine.profile.ramBase >> 12
    var inverted = try InvertedTable(frames: [first...first + machine.profile.ramByteCount >> 12 - 1])
    var hashed = HashedTable(bucketCount: 32)
    for run in collector.runs {
      inverted.insert(run)
      hashed.insert(run)
    }
    #expect(inverted.aliasCount == 0)
    for page in UInt64(0)..<0x80000 {
      let answer = walker.lookup(VirtualAddress(page << 12), in: machine)
      let frame = answer.isMapped ? answer.physical.rawValue >> 12 : nil
      #expect(inverted.find(page: page, space: 614).found?.frame == frame)
      #expect(hashed.find(page: page, space: 614).found?.frame == frame)
    }
    #expect(inverted.find(page: 0x7e9e6, space: 615).found == nil)
  }

  @Test("runs end at the limit of pages, and the collector says so")
  func pageLimit() throws {
    let machine = LabImage(try Machine.transcript())
    let format = machine.profile.format
    var collector = PageRunCollector(format: format, pageLimit: 100)
    Walker(format: format, root: machine.kernelRoot).ranges(in: machine, into: &collector)
    #expect(collector.pageCount == 100)
    #expect(collector.runs.reduce(0) { $0 + $1.pageCount } == 100)
    #expect(!collector.isComplete)
  }
}
