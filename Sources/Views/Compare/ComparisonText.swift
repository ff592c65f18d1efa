public import LinuxKernel
public import PageTables

/// Comparisons of several processes for a person: who would fault where, like processes together.
public struct ComparisonText {
  /// Names what lies in a range of kernel addresses, both inclusive: `vmalloc: load_module`.
  public typealias Describe = (_ first: VirtualAddress, _ last: VirtualAddress) -> String?

  private let setup: KernelComparison
  private let describe: Describe
  private let digits: Int

  /// - Parameter describe: what is known about a range of kernel addresses; nil where nothing is.
  public init(_ setup: KernelComparison, describe: @escaping Describe = { _, _ in nil }) {
    self.setup = setup
    self.describe = describe
    digits = Int(setup.format.addressBits) / 4
  }

  /// The whole answer, without line ends.
  public func lines(_ comparisons: [ProcessComparison]) -> [String] {
    var lines = [heading(comparisons.count)]
    lines.append("  \(border)")
    for group in Self.groups(of: comparisons) { lines += [""] + text(of: group) }
    return lines
  }

  private func heading(_ count: Int) -> String {
    let root = setup.half.copied.isEmpty ? setup.master.upper : setup.master.lower
    return "kernel page table \(hexadecimal(root.rawValue)) against \(count) "
      + (count == 1 ? "process" : "processes") + " (\(setup.format.name))"
  }

  private var border: String {
    let evidence = setup.half.evidence.detail
    guard let start = setup.half.start else {
      return "\(evidence); processes' tables hold no entries of it: there is nothing to go stale"
    }
    let rest = setup.half.hasOwnRoot ? "; the rest has a root of its own" : ""
    return "kernel addresses from \(hexadecimal(start.rawValue, width: digits)) on\(rest): \(evidence)"
  }

  // MARK: Groups

  /// Processes whose comparisons say the same, the largest deviation first, else in the order given.
  static func groups(of comparisons: [ProcessComparison]) -> [[ProcessComparison]] {
    var places: [GroupKey: Int] = [:]
    var groups: [[ProcessComparison]] = []
    for comparison in comparisons {
      let key = GroupKey(comparison)
      if let place = places[key] {
        groups[place].append(comparison)
      } else {
        places[key] = groups.count
        groups.append([comparison])
      }
    }
    let differing = groups.filter { $0[0].differs || !$0[0].isComplete }
    return differing + groups.filter { !$0[0].differs && $0[0].isComplete }
  }

  /// What two comparisons must have in common to be told of together: all but where the process's own
  /// tables lie, and how much the process itself maps.
  private struct GroupKey: Hashable {
    var sharing: ProcessComparison.Sharing
    var counts: [Int]
    var entries: [ComparedEntry]

    init(_ comparison: ProcessComparison) {
      sharing = comparison.sharing
      counts = [comparison.kernelPart.entryCount, comparison.kernelPart.sameCount]
      entries = comparison.kernelPart.entries
      if let copy = comparison.userCopy {
        counts += [copy.kernelPart.entryCount, copy.kernelPart.sameCount]
        entries += copy.userPart.entries + copy.kernelPart.entries
      }
      for place in entries.indices {
        entries[place].process = nil
        entries[place].master = nil
      }
    }
  }

  private func names(_ group: [ProcessComparison]) -> String {
    let all = group.map { "\($0.process.pid) \($0.process.command)" }
    guard all.count > 4 else { return all.joined(separator: ", ") }
    return all.prefix(3).joined(separator: ", ") + " and \(all.count - 3) more"
  }

  private func text(of group: [ProcessComparison]) -> [String] {
    let first = group[0]
    var lines: [String] = []
    let part = first.kernelPart
    if setup.half.copied.isEmpty {
      lines.append("\(names(group)): separate roots")
    } else if part.sameCount == part.entryCount {
      let all = part.entryCount == 1 ? "the one entry is" : "all \(part.entryCount) entries are"
      lines.append("\(names(group)): \(all) the same")
    } else {
      lines.append("\(names(group)): \(part.sameCount) of \(part.entryCount) entries are the same")
    }
    lines += rows(part)
    guard let copy = first.userCopy else { return lines }
    let userIsSame = copy.userPart.sameCount == copy.userPart.entryCount && copy.userPart.entries.isEmpty
    let kernel = copy.kernelPart
    lines.append(
      "  user mode's copies (page-table isolation): "
        + (userIsSame ? "the user's part is the same" : "the user's part is not the same") + "; "
        + "\(kernel.sameCount) of \(kernel.entryCount) entries are those of the kernel page table's copy")
    lines += rows(copy.userPart) + rows(kernel)
    return lines
  }

  // MARK: Rows

  /// A row for each run of entries with the same verdict and reason.
  private func rows(_ part: TableComparison) -> [String] {
    var table = TextTable(alignments: [.left, .left, .right, .left, .right, .left])
    for run in ComparisonRun.runs(of: part.entries) {
      let level = "\(setup.format.level(run.depth).name)"
      let indices =
        run.lastIndex == run.firstIndex ? "\(run.firstIndex)" : "\(run.firstIndex)-\(run.lastIndex)"
      let size = run.last.rawValue &- run.first.rawValue
      let range =
        "\(hexadecimal(run.first.rawValue, width: digits))-\(hexadecimal(run.last.rawValue, width: digits))"
      // What belongs to a whole table of the process's own would say nothing.
      let owner = run.verdict == .explained ? "" : describe(run.first, run.last) ?? ""
      table.add([
        "  " + run.verdict.rawValue, "\(level) \(indices)", sizeText(size &+ 1), range,
        owner, [Self.consequence(of: run.verdict), run.why].compactMap(\.self).joined(separator: "; "),
      ])
    }
    return table.lines
  }

  /// What a verdict means to whoever runs on these tables.
  private static func consequence(of verdict: ComparedEntry.Verdict) -> String? {
    switch verdict {
    case .deferred: "not here yet: an access faults until it is copied"
    case .stale: "still here, gone from the kernel page table"
    case .different, .explained, .unreadable: nil
    }
  }
}
