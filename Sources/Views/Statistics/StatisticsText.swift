extension StatisticsReport {
  /// The reports of one system as a table, and what they come to, as lines.
  public static func text(_ reports: [StatisticsReport]) -> [String] {
    guard let total = reports.last else { return [] }
    let levels = total.levels.map(\.level)
    var table = TextTable(
      header: ["pid", "command"] + levels + ["tables", "memory", "shared", "mapped", "in large pages"],
      alignments: [.right, .left] + levels.map { _ in .right } + [.right, .right, .right, .right, .right])
    for report in reports {
      let mapped = report.mapped.reduce(UInt64(0)) { $0 &+ $1.bytes }
      table.add(
        [
          report.pid.map { "\($0)" } ?? "",
          (report.command ?? report.scope) + (report.changing == nil ? "" : " (changing)"),
        ]
          + report.levels.map { $0.tables == 0 ? "-" : "\($0.tables)" }
          + [
            "\(report.tables)", sizeText(report.bytes), "\(report.sharedTables)", sizeText(mapped),
            share(mapped &- (report.mapped.first?.bytes ?? 0), of: mapped),
          ])
    }
    return table.lines + [""] + total.conclusions
  }

  private var conclusions: [String] {
    var lines = mapped.map { "\(sizeText($0.pageSize)) pages map \(sizeText($0.bytes))" }
    let classes = occupancy.enumerated().map { index, item in
      let next = index + 1 < occupancy.count ? occupancy[index + 1].from : nil
      let name =
        switch (item.from, next) {
        case (nil, _): "full"
        case (0, _): "empty"
        case (let from?, let next?): "\(from)-\(next - 1)"
        case (let from?, nil): "\(from)+"
        }
      return "\(name): \(item.tables)"
    }
    lines.append("last-level tables by entries in use: " + classes.joined(separator: ", "))
    lines.append("  \(sparseTables) use fewer than 8")
    lines.append(
      "\(foldableTables) last-level tables are full of writable user pages alike: large pages could save their "
        + sizeText(foldableBytes))
    if let userFrames, let sharedFrames {
      lines.append("\(userFrames) frames are mapped by processes, \(sharedFrames) of them by several")
    }
    return lines
  }

  private static func share(_ part: UInt64, of whole: UInt64) -> String {
    whole == 0 ? "-" : "\(Int((Double(part) / Double(whole) * 100).rounded())) %"
  }
}
