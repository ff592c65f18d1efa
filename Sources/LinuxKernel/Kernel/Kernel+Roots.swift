public import PageTables

extension Kernel {
  /// Searches RAM for page-table roots, without anything that is known of this kernel, and holds what is found
  /// against its tasks, format, kernel page table and direct map. Fills the gap where the kernel page table was
  /// not known. Does nothing twice.
  ///
  /// - Complexity: a pass over all RAM, on all processors.
  public mutating func weighRoots() {
    guard roots == nil else { return }
    guard RootScan.canFind(format) else {
      // What it would find are tables below the roots, taken for roots of a smaller space.
      roots = RootAccount(
        nil, tasks: [], master: nil,
        gaps: [
          "roots of \(format.name) with \(format.virtualAddressBits) bits are not searched for"
        ])
      return
    }
    weigh(RootScan(memory.searching).run())
  }

  /// Whether the tasks leave a question that roots in RAM may answer: the list is cut, or a process has no root.
  var asksForRoots: Bool {
    !isTaskListWhole || tasks.contains { $0.kind == .process && $0.root == nil }
  }

  mutating func weigh(_ result: RootScanResult) {
    if let best = result.best {
      formatFact.weigh(
        "\(best.format.name)",
        Evidence(.pageTables, "\(best.score) roots in RAM agree with each other in it, and in no other"))
    }
    let found = result.formats.first {
      "\($0.format.name)" == "\(format.name)"
        && $0.format.virtualAddressBits == format.virtualAddressBits
    }
    if let root = found?.master {
      let judgement = found?.groups.first?.roots.first { $0.root == root }
      let said = Evidence(
        .pageTables, (judgement?.evidence.map(\.detail) ?? []).joined(separator: "; "))
      if master == nil { fill(root, said) } else { master?.weigh(root, said) }
    }
    if let direct = found?.directMap { directMapOffset.weigh(direct.value, direct.evidence) }
    let own = Set(tasks.filter { $0.kind == .process }.compactMap { $0.root?.lower })
    roots = RootAccount(found, tasks: own, master: master?.value, gaps: result.gaps)
  }

  /// Takes the kernel page table that only the tables tell.
  private mutating func fill(_ root: PhysicalAddress, _ evidence: Evidence) {
    master = Fact(root, evidence)
    guard format.hasSeparateRoots else { return }
    for index in tasks.indices { tasks[index].root?.upper = root }
  }

  /// The roots that no task has and that are worth an audit's look.
  public var candidateRoots: [PageTableRoot] {
    roots?.candidates.map { candidate in
      PageTableRoot(
        lower: candidate.root,
        upper: format.hasSeparateRoots ? master?.value ?? candidate.root : candidate.root)
    } ?? []
  }

  /// What page tables alone say about roots, as facts.
  var rootRecords: [FactRecord] {
    guard let roots, RootScan.canFind(format) else { return [] }
    let own = (roots.confirmed + roots.unconfirmed).sorted()
    var fact = Fact(own, Evidence(.shape, "what \(own.count) mm_structs of tasks have in pgd"))
    let seen = (roots.confirmed + roots.withoutTask.map(\.root)).sorted()
    var sentence = "\(seen.count) tables in RAM have pages of users and this kernel's half"
    if !roots.withoutTask.isEmpty { sentence += "; \(roots.withoutTask.count) of them no task has" }
    if !roots.unconfirmed.isEmpty {
      let list = roots.unconfirmed.prefix(8).map { hexadecimal($0.rawValue) }.joined(separator: " ")
      sentence += "; tasks have \(roots.unconfirmed.count) that do not look like it: \(list)"
    }
    fact.weigh(seen, Evidence(.pageTables, sentence))
    var records = [FactRecord("processes' roots", fact) { "\($0.count)" }]
    for root in roots.withoutTask.prefix(Self.rootRecordLimit) {
      records.append(FactRecord(root, "\(root.words), and no task has it"))
    }
    for root in roots.others.prefix(Self.rootRecordLimit) { records.append(FactRecord(root, root.words)) }
    return records
  }

  /// So many roots of either kind are shown one by one: forged memory can be full of them.
  private static var rootRecordLimit: Int { 256 }
}

extension FactRecord {
  fileprivate init(_ root: RootJudgement, _ words: String) {
    self.init(
      "root \(hexadecimal(root.root.rawValue))",
      Fact(words, Evidence(.pageTables, root.evidence.map(\.detail).joined(separator: "; ")))
    ) { $0 }
  }
}
