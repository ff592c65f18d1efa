public import KernelLab

/// Sizes as a person reads them.
public enum SizeText {
  /// Arithmetic: what is assumed, then a row a kind of table.
  public static func lines(_ reports: [SizeReport], of size: TableSize) -> [String] {
    let shape = size.shape
    let pages = UInt64(1) << UInt64(shape.addressBits - shape.pageSizeBits)
    var lines = [
      "addresses of \(shape.addressBits) bits, pages of \(sizeText(shape.pageByteCount)): \(pages) pages",
      "levels: "
        + shape.levels.map {
          "\($0.name) \($0.indexBits) bits (\(UInt64(1) << UInt64($0.indexBits)) entries of \($0.entryByteCount) B)"
        }.joined(separator: ", "),
    ]
    var facts = [size.processCount == 1 ? "1 process" : "\(size.processCount) processes"]
    if let mapped = size.mappedByteCount, let pages = size.mappedPageCount {
      facts.append("\(sizeText(mapped)) mapped\(size.processCount == 1 ? "" : " by each"): \(pages) pages")
    }
    if let ram = size.ramByteCount, let frames = size.frameCount {
      facts.append("\(sizeText(ram)) of RAM: \(frames) frames")
    }
    lines.append(facts.joined(separator: "; "))
    lines.append("")
    var table = TextTable(
      header: ["table", "mapped", "tables", "entries", "memory", "a process"],
      alignments: [.left, .left, .right, .right, .right, .right])
    for report in reports {
      table.add(
        report.kind, words(report.case), "\(report.tables)", "\(report.entries)", rounded(report.bytes),
        report.each.map { rounded($0.bytes) } ?? "one for all")
    }
    return lines + table.lines + anchorLines(reports)
  }

  /// Real mappings: how many there are, then a row a kind of table with what lookups cost.
  public static func lines(_ tables: SourceTables) -> [String] {
    let reports = tables.reports
    var table = TextTable(
      header: ["table", "tables", "entries", "in use", "memory", "reads", "most"],
      alignments: [.left] + [TextTable.Alignment](repeating: .right, count: 6))
    for report in reports {
      table.add(
        report.kind, "\(report.tables)", "\(report.entries)", report.usedEntries.map { "\($0)" } ?? "-",
        rounded(report.bytes), report.lookups.map { twoDigits($0.averageReads) } ?? "-",
        report.lookups?.longestProbes.map { "\($0 + 1)" } ?? "-")
    }
    var lines = [
      (tables.processCount == 1 ? "1 process maps " : "\(tables.processCount) processes map ")
        + "\(tables.pageCount) pages of \(sizeText(tables.pageByteCount)): "
        + rounded(tables.pageCount &* tables.pageByteCount),
      "",
    ]
    lines += table.lines + [""]
    lines.append("reads: entries read to find a mapped page, on average and at most; anchors count as one")
    if let inverted = reports.first(where: { $0.kind == TableNeed.Kind.inverted.rawValue }) {
      lines.append(
        "inverted: \(inverted.aliases ?? 0) entries beside the table for frames with several addresses, "
          + "\(inverted.outsideRAM ?? 0) for pages outside RAM")
    }
    return lines + tables.notes
  }

  private static func anchorLines(_ reports: [SizeReport]) -> [String] {
    let parts = reports.compactMap { report in
      report.anchors.map { "\(report.kind) \(rounded($0.bytes))" }
    }
    guard !parts.isEmpty else { return [] }
    return ["", "of it anchors, which lead to the entries: " + parts.joined(separator: ", ")]
  }

  private static func words(_ name: String?) -> String {
    switch name {
    case "empty": "nothing"
    case "dense": "side by side"
    case "sparse": "far apart"
    case "full": "all pages"
    default: ""
    }
  }

  /// A size, exactly where that is short, otherwise with two decimals; JSON and CSV have the bytes.
  private static func rounded(_ byteCount: UInt64) -> String {
    let unit = max(0, (63 - max(byteCount, 1).leadingZeroBitCount) / 10)
    let exact = sizeText(byteCount)
    guard unit > 0, exact.prefix(while: { $0 != " " }).count > 5 else { return exact }
    let name = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"][unit]
    return twoDigits(Double(byteCount) / Double(UInt64(1) << UInt64(10 * unit))) + " " + name
  }

  private static func twoDigits(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}
