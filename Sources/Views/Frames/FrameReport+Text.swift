import LinuxKernel

extension FrameReport {
  /// The report for a person.
  public var text: String {
    var lines: [String] = []
    if let from {
      let owner = from.pid.map { "\($0) \(from.command ?? "")" } ?? "kernel"
      lines.append(
        "\(owner) \(address(from.virtual.value)) is at physical \(hexadecimal(from.physical.value)):")
    }
    lines.append("frame \(hexadecimal(frame.value)) (physical \(hexadecimal(physical.value))): \(meaning)")
    for table in tables {
      lines.append(
        "  \(table.level) table of \(table.users.joined(separator: ", ")) "
          + "for \(address(table.start.value))-\(address(table.last))"
          + (table.table.value < physical.value ? ", begins at \(hexadecimal(table.table.value))" : ""))
    }
    var places = TextTable(alignments: [.right])
    for mapping in mappings {
      places.add(
        mapping.pid.map { "  \($0)" } ?? "  -", mapping.command ?? "kernel",
        address(mapping.virtual.value), mapping.level,
        sizeName(mapping.pageSize), mapping.accessColumns,
        mapping.region ?? (mapping.sharers.map { "also \(list($0))" } ?? ""))
    }
    lines += places.lines
    if let page {
      lines.append("  struct page at \(address(page.address.value)): \(page.text)")
    } else if let pageUnknown {
      lines.append("  struct page is not known: \(pageUnknown)")
    }
    if let changed {
      lines.append(
        "  partial: the system is running: \(changed) places were not there any more at a second look")
    }
    for gap in gaps ?? [] { lines.append("  partial: \(gap)") }
    return lines.joined(separator: "\n")
  }

  /// What the frame is, as a sentence's end.
  var meaning: String {
    let pids = Set(mappings.compactMap(\.pid))
    return switch useKind {
    case .pageTable: "page table"
    case .shared: "mapped by \(pids.count) processes"
    case .process: "mapped by one process"
    case .kernelExecutable: "mapped by the kernel only, executable"
    case .kernel: "mapped by the kernel only: its own data, cached files, or free"
    case .unmapped: "no table leads to it"
    }
  }

  private func address(_ value: UInt64) -> String { hexadecimal(value, width: addressDigits) }

  private func list(_ pids: [Int]) -> String { pids.map { "\($0)" }.joined(separator: " ") }

  /// The column names of ``csv``.
  public static let csvHeader =
    "frame,physical,kind,use,pid,command,start,end,level,pageSize,access,region"

  /// A line for each table and each mapping; one line with an empty use where there is neither.
  public var csv: String {
    let frame = [prefixedHexadecimal(frame.value), prefixedHexadecimal(physical.value), kind]
    var lines = tables.flatMap { table in
      (table.pids.map { $0.map { "\($0)" } } ?? [""]).map { pid in
        frame + ["table", pid, table.kernel == true ? "kernel" : "", table.start.text, table.end.text]
          + [table.level, "", "", ""]
      }
    }
    lines += mappings.map { mapping in
      frame + ["mapping", mapping.pid.map { "\($0)" } ?? "", mapping.command ?? "kernel"]
        + [mapping.virtual.text, JSONAddress(exclusiveEndAfter: mapping.virtual.value &+ (size - 1)).text]
        + [mapping.level, "\(mapping.pageSize)", mapping.access, mapping.region ?? ""]
    }
    if lines.isEmpty { lines = [frame + [String](repeating: "", count: 9)] }
    return lines.map(csvLine).joined(separator: "\n")
  }
}
