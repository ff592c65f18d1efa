import PageTables

/// A process whose root has none of the kernel's entries, where every root must carry them: it could not even
/// take an interrupt.
struct MissingKernelHalfRule {
  static let name = AuditRuleName.missingKernelHalf

  func findings(_ survey: AuditSurvey) -> [FindingCollector.Draft] {
    guard !survey.layout.hasSplitRoots, let master = survey.owners.first(where: { $0.kind == .master }),
      let expected = kernelEntries(of: master.root, survey), expected.contains(where: { $0 != 0 })
    else { return [] }
    return survey.owners.indices.compactMap { index in
      guard survey.owners[index].kind == .process,
        let entries = kernelEntries(of: survey.owners[index].root, survey),
        !zip(entries, expected).contains(where: { $0 != 0 && $1 != 0 })
      else { return nil }
      return FindingCollector.Draft(
        rule: Self.name,
        suspicion: Suspicion(.high, "the root has none of the kernel's entries"), owner: index,
        first: survey.layout.first, last: VirtualAddress(survey.layout.last), byteCount: 0,
        isKernelHalf: true, physical: survey.owners[index].root.lower)
    }
  }

  /// The top table's entries from the kernel half on.
  private func kernelEntries(of root: PageTableRoot, _ survey: AuditSurvey) -> [UInt64]? {
    let format = survey.format
    guard let region = format.region(of: survey.layout.first) else { return nil }
    let level = format.level(Int(region.firstDepth))
    let count = 1 << Int(region.firstIndexBits)
    let first = Int(survey.layout.first.rawValue >> UInt64(level.shift)) & (count - 1)
    let size = Int(level.entryByteCount)
    let start = root[region.root].advanced(byBytes: UInt64(first * size))
    return try? survey.memory.withBytes(at: start, count: (count - first) * size) { bytes in
      (0..<(count - first)).map {
        bytes.entry(atByteOffset: $0 * size, byteCount: size, order: format.byteOrder) ?? 0
      }
    }
  }
}
