internal import CKernelAgent
internal import Glibc

extension Conditions {
  /// Learns what can be seen: three pages are written, and every source asked what it says of them.
  init(of agents: AgentSet, _ options: RunningKernel.Options, _ eyes: inout Eyes) throws(OracleError) {
    guard let process = agents.process(0) else { throw .noProgram }
    let first = try ProcessFiles(slot: 0, process: process, counters: options.counterSource ?? .status)
    try first.look(with: &eyes)
    let address: UInt64 = 0x2000_0000
    let pages = 3
    try Self.make(address, lengthBytes: UInt64(pages) * eyes.pageSizeBytes, agents)
    try Self.write(address, pages: pages, agents)
    let before = first.state.counters
    try first.look(with: &eyes)
    guard let entry = first.state.entry(at: address) else {
      throw .unexpected(file: "/proc/\(process)/pagemap", what: "a page that was written has no entry")
    }
    let after = first.state.counters
    let lastTable = try Self.lastTable(of: agents, first, &eyes)
    let source: CounterSource
    if let chosen = options.counterSource {
      source = chosen
    } else {
      // Where `status` lags, it has not counted so few pages yet.
      let written = UInt64(pages) * eyes.pageSizeBytes / 1024
      source =
        after.residentAnonymousKiB == before.residentAnonymousKiB + written
          && after.residentFileKiB == before.residentFileKiB ? .status : .rollup
    }
    if source == .rollup, options.counterSource == nil {
      // Asked again, of a fresh process, so that the base is of the same source.
      do throws(AgentFailure) { try agents.start() } catch { throw .cannotStart(error) }
    }
    var base = before
    if source == .rollup, options.counterSource == nil, let process = agents.process(0) {
      let again = try ProcessFiles(slot: 0, process: process, counters: source)
      try again.look(with: &eyes)
      base = again.state.counters
    }
    self.init(
      release: try Self.text(of: "/proc/sys/kernel/osrelease"), architecture: Self.machine,
      pageSizeBytes: eyes.pageSizeBytes, lastTable: lastTable, userEnd: agents.userEnd,
      control: RunningKernel.control,
      code: RunningKernel.code, stackLimitBytes: agents.stackLimitBytes, lockLimitBytes: Self.lockLimit,
      hugePages: Self.hugePages, counterSource: source, framesVisible: entry.frame != 0,
      softDirty: entry.isSoftDirty ? (options.showsSoftDirty ? .kept : .masked) : .absent, base: base,
      notes: [])
  }

  /// What a page table of the last level maps and counts: memory is written ever further from a first page,
  /// until one more table is counted.
  private static func lastTable(
    of agents: AgentSet, _ files: ProcessFiles, _ eyes: inout Eyes
  ) throws(OracleError) -> PageTable {
    let start: UInt64 = 0x4000_0000
    let limit: UInt64 = 64 << 20
    try make(start, lengthBytes: limit, agents)
    try write(start, pages: 1, agents)
    try files.look(with: &eyes)
    let before = files.state.counters.pageTablesKiB
    var span = 2 * eyes.pageSizeBytes
    while span < limit {
      try write(start + span, pages: 1, agents)
      try files.look(with: &eyes)
      let after = files.state.counters.pageTablesKiB
      if after > before { return PageTable(spanBytes: span, countedBytes: (after - before) << 10) }
      span *= 2
    }
    throw .unexpected(file: "VmPTE", what: "no page table is counted over \(limit) bytes of memory")
  }

  private static func make(_ address: UInt64, lengthBytes: UInt64, _ agents: AgentSet) throws(OracleError) {
    try perform(
      .map(
        address: address, lengthBytes: lengthBytes, [.read, .write],
        [.private, .anonymous, .fixed, .noReserve], file: nil, offsetBytes: 0), agents)
  }

  private static func write(_ address: UInt64, pages: Int, _ agents: AgentSet) throws(OracleError) {
    try perform(.touch(.write, address: address, pages: pages), agents)
  }

  /// Does what cannot fail.
  private static func perform(_ action: MemoryOperation.Action, _ agents: AgentSet) throws(OracleError) {
    let operation = MemoryOperation(slot: 0, action)
    let outcome: Outcome
    do throws(AgentFailure) { outcome = Outcome(try agents.perform(operation.command)) } catch {
      throw .cannotPerform(operation, error)
    }
    guard outcome.error == nil, outcome.signals == nil else {
      throw .unexpected(file: "the kernel", what: "'\(operation.text)' has the result \(outcome.text)")
    }
  }

  private static var machine: String {
    #if arch(x86_64)
      "x86_64"
    #elseif arch(arm64)
      "aarch64"
    #else
      "unknown"
    #endif
  }

  private static var lockLimit: UInt64? {
    var limit = rlimit()
    guard unsafe getrlimit(Int32(bitPattern: __RLIMIT_MEMLOCK.rawValue), &limit) == 0 else { return nil }
    let current = UInt64(limit.rlim_cur)
    return current == UInt64.max ? nil : current
  }

  private static var hugePages: String? {
    guard let text = try? text(of: "/sys/kernel/mm/transparent_hugepage/enabled"),
      let start = text.firstIndex(of: "["), let end = text[start...].firstIndex(of: "]")
    else { return nil }
    return String(text[text.index(after: start)..<end])
  }

  /// How often any process of the system was given small pages for want of a huge one; nil if it is not told.
  static var hugePageFallbackCount: UInt64? {
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    guard let file = try? OpenFile("/proc/vmstat"), let count = try? file.readAll(into: &bytes) else {
      return nil
    }
    let name = Array("thp_fault_fallback ".utf8)
    let lines = bytes[..<count].split(separator: UInt8(ascii: "\n"))
    guard let line = lines.first(where: { $0.starts(with: name) }) else { return nil }
    return UInt64(String(decoding: line.dropFirst(name.count), as: UTF8.self))
  }

  /// A file of one line.
  private static func text(of path: String) throws(OracleError) -> String {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = try OpenFile(path).readAll(into: &bytes)
    let line = bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }
    guard !line.isEmpty else { throw .unexpected(file: path, what: "it is empty") }
    return String(decoding: line, as: UTF8.self)
  }
}

extension RunningKernel {
  /// The numbers by which `/proc/PID/maps` names the files.
  static func inodes(of agents: AgentSet) throws(OracleError) -> [UInt64] {
    var inodes: [UInt64] = []
    for file in 0..<MemoryOperation.fileCount {
      var status = stat()
      guard unsafe fstat(agents.file(file), &status) == 0 else {
        throw .cannotRead(file: "file \(file)", error: errno)
      }
      inodes.append(UInt64(status.st_ino))
    }
    return inodes
  }
}
