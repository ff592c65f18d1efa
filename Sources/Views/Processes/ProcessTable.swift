public import LinuxKernel
import PageTables

/// All tasks of a kernel as a person wants to see them, and as CSV.
public struct ProcessTable: Sendable {
  public private(set) var reports: [ProcessReport]
  private let levels: [String]
  private let addressDigits: Int
  private let kernel: any KernelKnowledge

  /// - Parameters:
  ///   - showsThreads: every thread, not only the processes.
  ///   - progress: told which share of the processes' tables has been gone through.
  public init(
    _ kernel: any KernelKnowledge, of source: Source, showsThreads: Bool, countsTables: Bool = true,
    progress: ((Double) -> Void)? = nil
  ) {
    self.kernel = kernel
    let tasks = kernel.tasks.filter { $0.pid != 0 && (showsThreads || $0.pid == $0.tgid) }
    reports = []
    let counting = countsTables ? (kernel as? Kernel).flatMap { ResidentCounting($0) } : nil
    for (index, task) in tasks.enumerated() {
      reports.append(
        ProcessReport(task, of: kernel, in: source, counting: counting, countsTables: countsTables))
      progress?(Double(index + 1) / Double(tasks.count))
    }
    levels = (0..<kernel.format.levelCount).map { "\(kernel.format.level($0).name)" }
    addressDigits = kernel.format.addressBits == 32 ? 8 : 9
  }

  /// Whether something is missing: a cut list, or tables that cannot be read.
  public var isPartial: Bool {
    !kernel.isTaskListWhole || !kernel.knowsRoots
      || reports.contains { $0.incomplete == true || $0.doubts != nil }
  }

  /// Roots in RAM that no task has, where the tasks left a question that they may answer.
  public var rootNote: String? {
    guard let roots = kernel.roots?.withoutTask, !roots.isEmpty else { return nil }
    let places = roots.prefix(4).map { hexadecimal($0.root.rawValue) }.joined(separator: " ")
    return
      "\(roots.count) roots of processes are in RAM that no task has: \(places)\(roots.count > 4 ? " ..." : ""); "
      + "`info --evidence` lists them, --root with --paging \(kernel.format.name) walks them"
  }

  public var text: String {
    // Where the kernel's own count is not known of any process there is no column for it.
    let hasCounts = reports.contains { $0.resident != nil }
    var table = TextTable(
      header: ["pid", "thread", "parent", "kind", "root"] + levels + ["present"]
        + (hasCounts ? ["rss"] : []) + [
          "huge", "swapped", "cpu", "command",
        ],
      alignments: [.right, .right, .right, .left, .right] + levels.map { _ in .right }
        + (hasCounts ? [.right] : []) + [.right, .right, .right, .right, .left])
    for report in reports {
      var cells = [
        "\(report.tgid)", report.pid == report.tgid ? "" : "\(report.pid)",
        report.parent.map { "\($0)" } ?? "?", report.kind,
        report.root.map { hexadecimal($0.value) } ?? report.borrows.map { "of \($0)" } ?? "-",
      ]
      cells += levels.map { level in report.tablePages.map { "\($0[level] ?? 0)" } ?? "" }
      cells.append(report.presentBytes.map(sizeText) ?? "")
      if hasCounts { cells.append(report.resident?.text ?? "") }
      cells += [
        report.hugeBytes.map { $0 == 0 ? "" : sizeText($0) } ?? "",
        report.swapPages.map { $0 == 0 ? "" : "\($0)" } ?? "", report.cpu.map { "\($0)" } ?? "",
        report.command,
      ]
      table.add(cells)
    }
    var lines = table.lines
    for report in reports {
      for doubt in report.doubts ?? [] {
        lines.append("in doubt: \(report.pid) (\(report.command)): \(doubt)")
      }
      if report.incomplete == true {
        lines.append("partial: \(report.pid) (\(report.command)): some of its tables cannot be read")
      }
    }
    if !kernel.knowsRoots {
      lines.append("partial: no page table of a process was found; what has memory is not known")
    }
    if !kernel.isTaskListWhole {
      lines.append("partial: the list of tasks is cut; \(reports.count) were found, there may be more")
    }
    if let rootNote { lines.append(rootNote) }
    return lines.joined(separator: "\n")
  }

  public static let csvHeader =
    "pid,tgid,command,parent,kind,root,tablePages,presentBytes,residentBytes,hugeBytes,swapPages,cpu"

  public var csv: String {
    reports.map { report in
      csvLine([
        "\(report.pid)", "\(report.tgid)", report.command, report.parent.map { "\($0)" } ?? "", report.kind,
        report.root.map { prefixedHexadecimal($0.value) } ?? "",
        report.tablePages.map { "\($0.values.reduce(0, +))" } ?? "",
        report.presentBytes.map { "\($0)" } ?? "", report.resident.map { "\($0.bytes)" } ?? "",
        report.hugeBytes.map { "\($0)" } ?? "",
        report.swapPages.map { "\($0)" } ?? "", report.cpu.map { "\($0)" } ?? "",
      ])
    }.joined(separator: "\n")
  }
}
