import LinuxKernel
import LiveMemory
public import PageTables

/// What can be said of one process's pages without page tables.
public struct PagesView: Sendable {
  let source: String
  let process: ProcessIdentity
  let pages: ProcessPages
  let areas: [Area]

  /// Where one address is.
  public func leaf(at address: VirtualAddress, valueByteCount: Int? = nil) throws(SourceError) -> LeafReport {
    let entry = try entries(from: address.rawValue, count: 1).first ?? PagemapEntry(rawValue: 0)
    var report = LeafReport(
      entry, at: address, of: process, source: source, pageSizeBytes: UInt64(pages.pageSizeBytes))
    report.area = area(at: address).map(RangeReport.AreaName.init)
    report.frameFlags = entry.frame.flatMap { pages.flags(ofFrame: $0)?.names }
    // Reading a page that is not there would make one.
    if entry.isPresent {
      let room = pages.pageSizeBytes - Int(address.rawValue % UInt64(pages.pageSizeBytes))
      let bytes = pages.bytes(
        at: address.rawValue, count: min(valueByteCount ?? MemoryLayout<Int>.size, room))
      report.valueBytes = bytes
      report.value = bytes.map { $0.map { hexadecimal(UInt64($0), width: 2) }.joined() }
    }
    return report
  }

  /// The pages that are in memory or in swap, area by area, merged where one follows the other.
  public func forEachRun(
    from first: VirtualAddress, through last: VirtualAddress, _ body: (PagesReport) -> Void
  ) throws(SourceError) {
    let size = UInt64(pages.pageSizeBytes)
    for area in areas where area.last >= first && area.first <= last {
      var run: PagesReport?
      var next = max(area.first.rawValue, first.rawValue) / size * size
      let end = min(area.last.rawValue, last.rawValue)
      while next <= end {
        let count = Int(min((end - next) / size + 1, 16 << 10))
        let entries = try entries(from: next, count: count)
        for (index, entry) in entries.enumerated() {
          let address = next + UInt64(index) * size
          if run?.extend(by: entry, at: address, pageSizeBytes: size) == true { continue }
          run.map(body)
          run = PagesReport(entry, at: address, pageSizeBytes: size, area: area)
        }
        // The kernel has no entries beyond the space of processes ([vsyscall]).
        guard entries.count == count else { break }
        let (after, overflows) = next.addingReportingOverflow(UInt64(count) * size)
        guard !overflows else { break }
        next = after
      }
      run.map(body)
    }
  }

  /// Reads bytes page by page, by the kernel's own way.
  public func read(
    _ address: VirtualAddress, byteCount: UInt64, body: (MemoryReading.Part) -> Void
  ) {
    let size = UInt64(pages.pageSizeBytes)
    var next = address.rawValue
    var left = byteCount
    while left > 0 {
      let count = min(left, size - next % size)
      let bytes = pages.bytes(at: next, count: Int(count))
      body(
        MemoryReading.Part(
          address: VirtualAddress(next), byteCount: Int(count), bytes: bytes,
          reason: bytes == nil ? "unreadable" : ""))
      left -= count
      let (sum, overflows) = next.addingReportingOverflow(count)
      guard !overflows else { break }
      next = sum
    }
  }

  private func entries(from address: UInt64, count: Int) throws(SourceError) -> [PagemapEntry] {
    do throws(RungRefusal) { return try pages.entries(from: address, count: count) } catch {
      throw SourceError("\(source): \(error)")
    }
  }

  private func area(at address: VirtualAddress) -> Area? {
    areas.first { $0.first <= address && address <= $0.last }
  }
}

extension Source {
  /// The process that the user means, where this source shows pages and no tables; nil where it has tables.
  public func pages(ofProcess name: String?) throws(SourceError) -> PagesView? {
    guard let listed else { return nil }
    guard let name, name != "kernel" else {
      throw SourceError("\(self.name) shows processes' pages only: name one by its PID")
    }
    let task = try task(named: name, in: listed)
    guard task.kind == .process else {
      throw SourceError(
        "\(self.name): \(task.pid) (\(task.command)) is a \(task.kind.words) and has no pages")
    }
    do throws(RungRefusal) {
      let pages = try ProcessPages(pid: task.pid)
      return PagesView(
        source: self.name, process: ProcessIdentity(pid: task.pid, command: task.command), pages: pages,
        areas: try pages.areas().map { Area($0) })
    } catch {
      throw SourceError("\(self.name): \(error)")
    }
  }
}
