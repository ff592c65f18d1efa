import PageTables

extension WalkReport {
  /// The walk for a person: where it starts, a line a level, where it ends and why.
  public var text: String {
    var lines: [String] = []
    let who = process.map { "process \($0.pid) (\($0.command)), " } ?? ""
    lines.append("\(who)\(format), root \(withKernel(root.value, rootKernelAddress)), from \(evidence)")
    lines.append("virtual address \(virtual.value) (\(hexadecimal(virtual.value, width: addressDigits)))")
    if !steps.isEmpty {
      lines.append("")
      lines += stepTable.lines
      lines.append("")
    }
    lines += ending
    return lines.joined(separator: "\n")
  }

  private func withKernel(_ physical: UInt64, _ kernel: UInt64?) -> String {
    hexadecimal(physical) + (kernel.map { " (kernel address \(hexadecimal($0)))" } ?? "")
  }

  private var stepTable: TextTable {
    let hasKernelAddresses = steps.contains { $0.entryKernelAddress != nil }
    var header = ["level", "", "index", "entry at"]
    if hasKernelAddresses { header.append("kernel address") }
    header += ["entry", "meaning", "leads to", "kernel user", "bits"]
    var table = TextTable(header: header, alignments: [.left, .left, .right])
    for step in steps {
      var cells = [
        step.level, step.architectureName, hexadecimal(step.index), hexadecimal(step.entryAddress.value),
      ]
      if hasKernelAddresses { cells.append(step.entryKernelAddress.map { hexadecimal($0.value) } ?? "") }
      cells += [
        step.meaning == "unreadable" ? "?" : hexadecimal(step.entry.value), step.kind ?? step.meaning,
        step.next.map { hexadecimal($0.value) } ?? "-", step.accessColumns ?? "",
        step.flags.joined(separator: " "),
      ]
      table.add(cells)
      if let linux = step.linux {
        var cells = [
          "", "Linux's", hexadecimal(linux.index), hexadecimal(linux.entryAddress.value),
        ]
        if hasKernelAddresses { cells.append(linux.entryKernelAddress.map { hexadecimal($0.value) } ?? "") }
        if let entry = linux.entry {
          cells += [hexadecimal(entry.value), "", "", "", (linux.flags ?? []).joined(separator: " ")]
        } else {
          cells += ["", step.folded.map { $0.joined(separator: ", ") + ": the same entry" } ?? ""]
        }
        table.add(cells)
      } else if let folded = step.folded {
        table.add("", "", "", "", "(\(folded.joined(separator: ", ")): the same entry)")
      }
    }
    return table
  }

  private var ending: [String] {
    guard let physical, let page, let pageSize else {
      return ["\(outcome == "not-mapped" ? "not mapped" : outcome) [\(reason ?? "")]: \(explanation ?? "")"]
        + (alsoLinux.map(linuxLine) ?? []) + (kernelEra.map { ["entries read as: \($0)"] } ?? [])
    }
    var table = TextTable()
    table.add("page", withKernel(page.value, pageKernelAddress) + ", " + sizeText(pageSize))
    table.add("physical", withKernel(physical.value, physicalKernelAddress))
    if let bytes = valueBytes {
      table.add("value", valueText(bytes))
    } else if let fault = valueFault {
      table.add("value", "unreadable: the page \(fault.sentence)")
    }
    return table.lines + (alsoLinux.map(linuxLine) ?? [])
  }

  private func linuxLine(_ view: LinuxView) -> [String] {
    let place = view.physical.map { ", physical \(hexadecimal($0.value))" } ?? ""
    let swap = view.swapType.map { ", swap area \($0), slot \(hexadecimal(view.swapOffset ?? 0))" } ?? ""
    return ["Linux's view: \(view.state)\(place)\(swap)"]
  }

  private func valueText(_ bytes: [UInt8]) -> String {
    let list = bytes.prefix(64).map { hexadecimal(UInt64($0), width: 2) }.joined(separator: " ")
    guard bytes.count <= 8 else { return list + (bytes.count > 64 ? " ..." : "") }
    let ordered = byteOrder == .little ? bytes.reversed() : bytes
    let number = ordered.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return "\(hexadecimal(number)) (bytes \(list))"
  }
}

extension WalkReport {
  /// The column names of ``csv``.
  public static let csvHeader = "virtual,outcome,reason,physical,pageSize,access,value"

  /// The answer as a line of CSV; the path is for text and JSON.
  public var csv: String {
    csvLine([
      prefixedHexadecimal(virtual.value), outcome, reason ?? "",
      physical.map { prefixedHexadecimal($0.value) } ?? "", pageSize.map { "\($0)" } ?? "", access ?? "",
      value ?? "",
    ])
  }
}
