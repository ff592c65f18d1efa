internal import PageTables

extension RootScan {
  /// What the finds are, by format.
  func evaluate(_ scan: RootCandidateScan, gaps: [String]) -> RootScanResult {
    var gaps = gaps
    var cost = 0
    var judged: [RootJudgement] = []
    // The kinds of find take turns, so that a flood of one does not keep the others from being judged.
    let longest = scan.finds.map(\.count).max() ?? 0
    turns: for turn in 0..<longest {
      for (index, finds) in scan.finds.enumerated() where turn < finds.count {
        guard cost < tableLimit else {
          gaps.append("judging stopped after \(cost) tables: too many pages look like roots")
          break turns
        }
        judged += judgements(finds[turn], scan.shapesOfSignature[index].map { shapes[$0] }, &cost)
      }
    }
    judged = withoutParts(withoutInnerTables(judged))
    let names = judged.map { Self.key($0.shape.format) }
    var formats: [FormatRoots] = []
    for name in Set(names).sorted() {
      let roots = zip(judged, names).filter { $0.1 == name }.map(\.0)
      if let found = formatRoots(roots) { formats.append(found) }
    }
    formats.sort { ($1.score, Self.key($0.format)) < ($0.score, Self.key($1.format)) }
    let isClear = formats.count == 1 || formats.count > 1 && formats[1].score * 2 < formats[0].score
    return RootScanResult(formats: formats, isClear: isClear, gaps: gaps)
  }

  /// What tells formats apart: the name, and the size of the address space where there are several.
  static func key(_ format: PagingFormat) -> String {
    "\(format.name) \(format.virtualAddressBits)"
  }

  /// One address as a root of every shape that its bytes fit; of the shapes of one format the first.
  private func judgements(
    _ root: PhysicalAddress, _ shapes: [RootShape], _ cost: inout Int
  ) -> [RootJudgement] {
    var found: [RootJudgement] = []
    for shape in shapes {
      guard !found.contains(where: { Self.key($0.shape.format) == Self.key(shape.format) }) else { continue }
      let validator = RootValidator([shape], in: memory)
      if let judgement = validator.judge(root, shape: shape, directMapOffset: nil, cost: &cost) {
        found.append(judgement)
      }
    }
    return found
  }

  /// Leaves out tables that a root of as many levels or more names: a table of the second level of four is a
  /// fine root of three, and with AArch64 one of 16 KiB pages is a fine root with pages of 4 KiB. Only a process's
  /// or the kernel's root whose entries are written alike has a say.
  private func withoutInnerTables(_ judged: [RootJudgement]) -> [RootJudgement] {
    // For each kind of entry and each table, the most levels of a format in which a root names it.
    var levels: [Encoding: [UInt64: Int]] = [:]
    for judgement in judged where judgement.kind == .process || judgement.kind == .master {
      let shape = judgement.shape
      guard let table = RootTable(judgement.root, shape: shape, in: memory) else { continue }
      let encoding = Encoding(shape)
      for inner in table.tables(in: 0..<shape.entryCount) {
        levels[encoding, default: [:]][inner, default: 0] = max(
          levels[encoding]?[inner] ?? 0, shape.format.levelCount)
      }
    }
    return judged.filter {
      (levels[Encoding($0.shape)]?[$0.root.rawValue] ?? 0) < $0.shape.format.levelCount
    }
  }

  /// Leaves out what is only the beginning of a larger table with entries behind it, written alike: with AArch64 a
  /// root of 16 KiB begins as one of 4 KiB.
  private func withoutParts(_ judged: [RootJudgement]) -> [RootJudgement] {
    let largest = Dictionary(judged.map { ($0.root, $0.shape) }) {
      $0.tableByteCount >= $1.tableByteCount ? $0 : $1
    }
    let places = Dictionary(grouping: judged) { Self.key($0.shape.format) }
      .mapValues { Set($0.map(\.root.rawValue)) }
    return judged.filter { judgement in
      let own = judgement.shape.tableByteCount
      guard let shape = largest[judgement.root], shape.tableByteCount > own,
        Encoding(shape) == Encoding(judgement.shape)
      else { return true }
      let behind = memory.searching.words(in: own..<shape.tableByteCount, behind: judgement.root)
      // Roots that are smaller than a page share it with others of their kind.
      let roots = places[Self.key(judgement.shape.format)] ?? []
      return behind.allSatisfy {
        own < 4096 && roots.contains($0.rawValue & ~UInt64(own - 1))
      }
    }
  }

  /// How a format writes "table".
  private struct Encoding: Hashable {
    var mask: UInt64
    var match: UInt64
    var addressBits: UInt8

    init(_ shape: RootShape) {
      let rule = shape.format.level(shape.depth).rules.firstAnswer { $0.kind == .table ? $0 : nil }
      mask = rule?.mask ?? 0
      match = rule?.match ?? 0
      addressBits = shape.format.addressBits
    }
  }

  /// Puts the roots of one format together.
  private func formatRoots(_ judged: [RootJudgement]) -> FormatRoots? {
    guard let format = judged.first?.shape.format else { return nil }
    var groups = grouped(judged)
    groups.sort { ($1.weight, $0.first) < ($0.weight, $1.first) }
    var found = FormatRoots(
      format: format, score: 0, master: nil, groups: [], directMap: nil, evidence: [])
    if var main = groups.first {
      found.master = chooseMaster(&main.roots)
      groups[0] = main
    }
    found.groups = groups.map { withUserCopies(RootGroup(roots: $0.roots)) }
    let processes = found.processes.count
    found.score = processes + (found.master == nil ? 0 : 1)
    guard found.score > 0 else { return nil }
    found.evidence.append(
      Evidence(.pageTables, "\(processes) roots with pages of users and the kernel half of one kernel"))
    if groups.count > 1 {
      let others = groups.dropFirst().reduce(0) { $0 + $1.roots.count }
      found.evidence.append(
        Evidence(.pageTables, "\(others) further roots have other kernel halves: remains, or other kernels"))
    }
    if let master = found.master, let root = groups[0].roots.first(where: { $0.root == master }) {
      found.evidence += root.evidence
    }
    found.directMap = directMap(of: found)
    return found
  }

  /// Of the tables that lie in the kernel's image without pages of users: the one that knows most of the
  /// kernel and, of several such, lies nearest to its text. The others were early boot's, or are remains.
  private func chooseMaster(_ roots: inout [RootJudgement]) -> PhysicalAddress? {
    let masters = roots.filter { $0.kind == .master }
    let best = masters.min {
      (-$0.kernelEntryCount, $0.textDistance ?? .max, $0.root.rawValue)
        < (-$1.kernelEntryCount, $1.textDistance ?? .max, $1.root.rawValue)
    }
    guard let best else { return nil }
    for index in roots.indices where roots[index].kind == .master && roots[index].root != best.root {
      roots[index].kind = roots[index].userPageCount == 0 ? .unused : roots[index].kind
      roots[index].say("another table is nearer to the kernel's text, or knows more of the kernel")
    }
    return best.root
  }

  /// Adds what lies behind the processes' roots with page-table isolation.
  private func withUserCopies(_ group: RootGroup) -> RootGroup {
    var group = group
    for root in group.roots where root.kind == .process {
      guard let offset = root.shape.userCopyOffset else { continue }
      let address = root.root.advanced(byBytes: offset)
      let validator = RootValidator([root.shape], in: memory)
      guard let kernel = RootTable(root.root, shape: root.shape, in: memory),
        validator.isUserCopy(address, of: kernel, at: root.root, shape: root.shape)
      else { continue }
      var copy = root
      copy.kind = .userCopy
      copy.root = address
      copy.kernelRoot = root.root
      copy.evidence = []
      copy.say("names the same tables as the kernel's root \(offset) bytes before it, and less of the kernel")
      group.roots.append(copy)
    }
    group.roots.sort { $0.root < $1.root }
    return group
  }

  /// The direct map as the master has it, or else a process.
  private func directMap(of found: FormatRoots) -> Fact<UInt64>? {
    guard let group = found.groups.first else { return nil }
    let root = group.roots.first { $0.root == found.master } ?? group.roots.first { $0.kind == .process }
    guard let root, let kernel = root.shape.kernel else { return nil }
    var survey = HalfSurvey(root.shape, memory: memory)
    survey.lastTablesPerTable = 1 << 16
    survey.tableLimit = 1 << 18
    survey.survey(kernel, below: root.root, shape: root.shape)
    guard let commonest = survey.commonest else { return nil }
    let next = survey.offsets.filter { $0.key != commonest.offset }.values.map(\.byteCount).max() ?? 0
    return Fact(
      commonest.offset,
      Evidence(
        .pageTables,
        "\(commonest.mapping.byteCount >> 20) MiB of RAM are mapped at this distance, at the next best "
          + "\(next >> 10) KiB"))
  }
}
