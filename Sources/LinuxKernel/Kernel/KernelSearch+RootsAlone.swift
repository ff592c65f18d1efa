import PageTables

extension KernelSearch {
  /// The error, with what can be walked nevertheless: page tables need no kernel to be found.
  ///
  /// - Complexity: a pass over all RAM.
  static func withRoots(_ error: KernelError, in memory: KernelMemory) -> KernelError {
    let result = RootScan(memory.searching).run()
    let seen = result.formats.compactMap(sentence)
    guard !seen.isEmpty else { return error }
    return KernelError(
      error.description + "; page tables without a kernel: " + seen.joined(separator: "; "))
  }

  private static func sentence(_ found: FormatRoots) -> String? {
    let processes = found.processes
    guard let root = processes.first?.root ?? found.master else { return nil }
    let format = found.format
    var options = "--root \(hexadecimalDigits(root.rawValue)) --paging \(format.name)"
    if let plain = PagingFormat.named("\(format.name)"), plain.virtualAddressBits != format.virtualAddressBits
    {
      options += " --va-bits \(format.virtualAddressBits)"
    }
    if format.hasSeparateRoots, let upper = found.master, upper != root {
      options += " --upper-root \(hexadecimalDigits(upper.rawValue))"
    }
    let more = processes.dropFirst().prefix(3).map { hexadecimalDigits($0.root.rawValue) }
    let rest =
      more.isEmpty
      ? "" : " (also \(more.joined(separator: " "))" + (processes.count > 4 ? " and more)" : ")")
    return "\(processes.count) roots of processes in \(format.name): `pagewalk map \(options)`\(rest)"
  }
}
