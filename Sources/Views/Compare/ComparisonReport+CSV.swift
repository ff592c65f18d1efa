extension ComparisonReport {
  /// The column names of ``csv``.
  public static let csvHeader = "pid,command,root,part,verdict,level,index,start,end,master,process,why"

  /// One line for each entry that is not the same; for a process that has none, one line that says so.
  public var csv: [String] {
    var lines: [String] = []
    let lists = [
      ("deferred", deferred), ("stale", stale), ("different", different), ("explained", explained),
      ("unreadable", unreadable),
    ]
    for (verdict, list) in lists {
      for entry in list ?? [] { lines.append(line("kernel", verdict, entry)) }
    }
    for (name, part) in [("user-copy-user", userCopy?.user), ("user-copy-kernel", userCopy?.kernel)] {
      for other in part?.others ?? [] { lines.append(line(name, other.verdict ?? "", other)) }
    }
    if lines.isEmpty {
      let verdict = changing != nil ? "changing" : entries == nil ? sharing : "same"
      lines.append(
        csvLine(
          ["\(pid)", command, root.text, "kernel", verdict] + [String](repeating: "", count: 6)
            + [changing?.words ?? ""]))
    }
    return lines
  }

  private func line(_ part: String, _ verdict: String, _ entry: ComparisonEntryReport) -> String {
    csvLine([
      "\(pid)", command, root.text, part, verdict, entry.level, "\(entry.index)", entry.start.text,
      entry.end.text, entry.master?.text ?? "", entry.process?.text ?? "", entry.why ?? "",
    ])
  }
}
