import LinuxKernel
import PageTableEditing
import PageTables
import Testing

@Suite("Every rule of the audit has a finding and a benign twin")
struct AuditRuleTests {
  private let user: Access = [.kernelRead, .userRead]
  private let userData: Access = [.kernelRead, .kernelWrite, .userRead, .userWrite]

  /// The findings of a system, but for those of rules that are not asked for.
  private func findings(_ rule: AuditRuleName, _ system: SmallSystem) -> [AuditFinding] {
    system.audit().findings.filter { $0.rule == rule }
  }

  private func open(_ report: AuditReport) -> [String] {
    report.findings.filter { !$0.isExplained }.map { "\($0.rule.rawValue) \($0.pids) \($0.first)" }
  }

  @Test("a sound system has no finding, explained or not, but the image's own")
  func sound() throws {
    let report = try SmallSystem().audit()
    #expect(report.isComplete)
    #expect(report.findings.map(\.rule) == [])
  }

  @Test("kernel memory that is writable and executable is found once, however many processes share it")
  func writableExecutable() throws {
    let system = try SmallSystem()
    try system.mapRange(
      system.kernel, SmallSystem.vmalloc + 0x2_0000, to: 0x1a0_0000, byteCount: 0x3000,
      [.kernelRead, .kernelWrite, .kernelExecute], largest: 12)
    let found = findings(.writableExecutable, system)
    #expect(found.count == 1)
    #expect(found.first?.byteCount == 0x3000)
    #expect(found.first?.first.rawValue == SmallSystem.vmalloc + 0x2_0000)
    #expect(found.first?.pids == [])
    #expect(found.first?.severity == .high)
    #expect(found.first?.walk.mapping?.physical.rawValue == 0x1a0_0000)
    #expect(found.first?.isExplained == false)
  }

  @Test("a program's writable code is a finding of its process, and low")
  func userWritableExecutable() throws {
    let system = try SmallSystem()
    try system.mapRange(
      system.second, 0x7f00_0000_0000, to: 0x330_0000, byteCount: 0x2000, .all, largest: 12)
    let found = findings(.writableExecutable, system)
    #expect(found.map(\.pids) == [[2]])
    #expect(found.map(\.severity) == [.low])
    #expect(found.map(\.command) == ["sleep"])
  }

  @Test("the kernel's code that the linear map may write is found on x86, where the linear map follows")
  func linearAlias() throws {
    let system = try SmallSystem()
    try system.remap(
      system.kernel, SmallSystem.linear + SmallSystem.moduleFrame, to: SmallSystem.moduleFrame,
      byteCount: 0x1000,
      [.kernelRead, .kernelWrite])
    let found = findings(.writableAlias, system)
    #expect(found.count == 1)
    #expect(found.first?.byteCount == 0x1000)
    #expect(found.first?.first.rawValue == SmallSystem.vmalloc)
    #expect(found.first?.otherWalk?.address.rawValue == SmallSystem.linear + SmallSystem.moduleFrame)
    #expect(found.first?.otherWalk?.mapping?.access.contains(.kernelWrite) == true)
    #expect(found.first?.isExplained == false)
  }

  @Test("the kernel's code at a second, writable address is found with both walks")
  func vmallocAlias() throws {
    let system = try SmallSystem()
    try system.mapRange(
      system.kernel, SmallSystem.vmalloc + 0x5_0000, to: SmallSystem.codeFrame + 0x3000, byteCount: 0x1000,
      [.kernelRead, .kernelWrite], largest: 12)
    let found = findings(.writableAlias, system)
    #expect(found.map(\.severity) == [.high])
    #expect(found.first?.first.rawValue == SmallSystem.image + 0x3000)
    #expect(found.first?.otherWalk?.address.rawValue == SmallSystem.vmalloc + 0x5_0000)
  }

  @Test("a program's code that another process may write is found; that the linear map may is not")
  func userAlias() throws {
    let system = try SmallSystem()
    try system.mapRange(
      system.second, 0x7000_0000_0000, to: 0x320_2000, byteCount: 0x1000, userData, largest: 12)
    let found = findings(.writableAlias, system)
    // The code page is in both processes.
    #expect(found.map(\.pids) == [[1], [2]])
    #expect(found.map(\.first.rawValue) == [0x40_2000, 0x40_2000])
    #expect(found.first?.otherWalk?.address.rawValue == 0x7000_0000_0000)
  }

  @Test(
    "a kernel address that user mode reaches is found; the vsyscall page is explained, a writable one is not")
  func userReachable() throws {
    let system = try SmallSystem()
    try system.mapRange(
      system.kernel, SmallSystem.vmalloc + 0x6_0000, to: 0x1b0_0000, byteCount: 0x1000, user, largest: 12)
    #expect(findings(.userReachableKernel, system).map(\.isExplained) == [false])

    let twin = try SmallSystem()
    try twin.mapRange(
      twin.kernel, 0xffff_ffff_ff60_0000, to: 0x1b0_0000, byteCount: 0x1000,
      user.union([.kernelExecute, .userExecute]), largest: 12)
    #expect(findings(.userReachableKernel, twin).map(\.isExplained) == [true])

    let writable = try SmallSystem()
    try writable.mapRange(
      writable.kernel, 0xffff_ffff_ff60_0000, to: 0x1b0_0000, byteCount: 0x1000, userData, largest: 12)
    #expect(findings(.userReachableKernel, writable).map(\.isExplained) == [false])
  }

  @Test("the kernel's code in a program is found")
  func userMapsKernel() throws {
    let system = try SmallSystem()
    try system.mapRange(
      system.first, 0x7000_0000_0000, to: SmallSystem.codeFrame, byteCount: 0x1000, user, largest: 12)
    #expect(findings(.userMapsKernel, system).map(\.summary) == ["user mode may read the kernel's code"])
    // The kernel's data is not: the vDSO's data and the zero page are there.
    let twin = try SmallSystem()
    try twin.mapRange(
      twin.first, 0x7000_0000_0000, to: SmallSystem.codeFrame + 2 << 20, byteCount: 0x1000, user, largest: 12)
    #expect(findings(.userMapsKernel, twin).isEmpty)
  }

  @Test("a page table in a program is found, and one that the kernel maps writable elsewhere")
  func tables() throws {
    let system = try SmallSystem()
    let table = system.first.walker.translate(VirtualAddress(0x60_0000), in: system).steps[3].table
    try system.mapRange(
      system.second, 0x7000_0000_0000, to: table.rawValue, byteCount: 0x1000, userData, largest: 12)
    try system.mapRange(
      system.kernel, SmallSystem.vmalloc + 0x7_0000, to: table.rawValue, byteCount: 0x1000,
      [.kernelRead, .kernelWrite], largest: 12)
    #expect(findings(.userMapsTable, system).map(\.pids) == [[2]])
    let kernels = findings(.writableTable, system)
    #expect(kernels.map(\.first.rawValue) == [SmallSystem.vmalloc + 0x7_0000])
    #expect(kernels.map(\.isExplained) == [false])
  }

  @Test("a boot table in the image's data is explained")
  func imageTable() throws {
    let system = try SmallSystem()
    // A table in the image's data: copied there, and linked in the place of the old one.
    let place = system.entryAddress(system.kernel, SmallSystem.vmalloc, depth: 2)
    let old = try system.memory.load(byteCount: 8, order: .little, at: place)
    let table = SmallSystem.codeFrame + 2 << 20
    for index in UInt64(0)..<512 {
      let entry = try system.memory.load(
        byteCount: 8, order: .little, at: PhysicalAddress(old & 0xf_ffff_ffff_f000 + index * 8))
      try system.store(entry, at: PhysicalAddress(table + index * 8))
    }
    try system.store(old & 0xfff | table, at: place)
    let found = findings(.writableTable, system)
    #expect(found.map(\.isExplained) == [true])
    #expect(found.first?.first.rawValue == SmallSystem.image + 2 << 20)
  }

  @Test("a table of two processes is found; hugetlbfs's, which holds large pages only, is explained")
  func sharedTable() throws {
    let system = try SmallSystem()
    let entry = try system.memory.load(
      byteCount: 8, order: .little, at: system.entryAddress(system.first, 0x60_0000, depth: 2))
    try system.store(entry, at: system.entryAddress(system.second, 0x60_0000, depth: 2))
    let found = findings(.sharedTable, system)
    #expect(found.map(\.pids) == [[1, 2]])
    #expect(found.map(\.isExplained) == [false])
    #expect(found.first?.first.rawValue == 0x60_0000)

    let twin = try SmallSystem()
    let address: UInt64 = 0x10_0000_0000
    try twin.mapRange(twin.first, address, to: 0x380_0000, byteCount: 2 << 20, userData)
    try twin.mapRange(twin.second, address, to: 0x380_0000, byteCount: 2 << 20, userData)
    let shared = try twin.memory.load(
      byteCount: 8, order: .little, at: twin.entryAddress(twin.first, address, depth: 1))
    try twin.store(shared, at: twin.entryAddress(twin.second, address, depth: 1))
    #expect(findings(.sharedTable, twin).map(\.isExplained) == [true])
  }

  @Test("an entry that points outside RAM is found; a device's, with its own memory type, is explained")
  func outsideRAM() throws {
    let system = try SmallSystem()
    try system.mapRange(
      system.first, 0x7000_0000_0000, to: 0xfd00_0000, byteCount: 0x2000, userData, largest: 12)
    #expect(findings(.outsideRAM, system).map(\.isExplained) == [false])
    for page in UInt64(0)..<2 {
      let place = system.entryAddress(system.first, 0x7000_0000_0000 + page << 12, depth: 3)
      let entry = try system.memory.load(byteCount: 8, order: .little, at: place)
      try system.store(entry | 0x10, at: place)
    }
    #expect(findings(.outsideRAM, system).map(\.isExplained) == [true])
  }

  @Test("a table outside RAM is found")
  func tableOutsideRAM() throws {
    let system = try SmallSystem()
    try system.store(0x1_0000_0000_0067, at: system.first.root.lower.advanced(byBytes: 8 * 100))
    let report = system.audit()
    #expect(!report.isComplete)
    #expect(report.findings.map(\.rule) == [.outsideRAM])
    #expect(report.findings.first?.summary == "a table lies outside RAM")
  }

  @Test("a table that is its own ancestor, and reserved bits, are found")
  func malformed() throws {
    let system = try SmallSystem()
    try system.store(
      system.first.root.lower.rawValue | 0x67, at: system.first.root.lower.advanced(byBytes: 8 * 100))
    // Bit 7 is reserved in the top table.
    try system.store(0x30_0000e7, at: system.second.root.lower.advanced(byBytes: 8 * 101))
    let report = system.audit()
    #expect(
      open(report) == [
        "self-reference [1] VirtualAddress(rawValue: \(UInt64(100) << 39))",
        "reserved-bits [2] VirtualAddress(rawValue: \(UInt64(101) << 39))",
      ])
  }

  @Test("a root without a process is found; empty ones, identity maps and isolation copies are explained")
  func strayRoots() throws {
    let system = try SmallSystem()
    // The second process hides.
    let hidden = AuditInput(
      tables: PageTableSet(
        format: system.format.paging, master: system.kernel.root,
        processes: [ProcessTables(pid: 1, command: "init", root: system.first.root)]),
      ram: system.ram, candidateRoots: [system.second.root, system.first.root, system.kernel.root])
    let found = Audit.run(hidden, in: system).findings.filter { $0.rule == .strayRoot }
    #expect(found.map(\.isExplained) == [false])

    let empty = try system.format.makeRoot(in: &system.memory, frames: &system.frames)
    try system.copyKernelHalf(to: PageTableRoot(empty))
    system.candidateRoots = [PageTableRoot(empty)]
    #expect(findings(.strayRoot, system).map(\.isExplained) == [true])
    #expect(system.audit().findings.filter { !$0.isExplained }.isEmpty)
  }

  @Test("the isolation copy of a root is explained, and its tables are shared at the top only")
  func isolationCopy() throws {
    let system = try SmallSystem()
    // A root of two pages: the second is the one that user mode runs on.
    let root: UInt64 = 0x3a0_0000
    let lower = system.first.root.lower
    for index in UInt64(0)..<512 {
      let entry = try system.memory.load(byteCount: 8, order: .little, at: lower.advanced(byBytes: index * 8))
      // The kernel's copy must not execute user pages.
      let denied: UInt64 = index < 256 && entry != 0 ? 1 << 63 : 0
      try system.store(entry | denied, at: PhysicalAddress(root + index * 8))
      if index < 256 { try system.store(entry, at: PhysicalAddress(root + 0x1000 + index * 8)) }
    }
    var tables = system.tables
    tables.processes[0].root = PageTableRoot(PhysicalAddress(root))
    let copy = PageTableRoot(PhysicalAddress(root + 0x1000))
    let report = Audit.run(AuditInput(tables: tables, ram: system.ram, candidateRoots: [copy]), in: system)
    #expect(report.findings.filter { !$0.isExplained }.map(\.key) == [])
    #expect(report.findings.map(\.rule) == [.sharedTable, .strayRoot])
  }

  @Test("a process without the kernel's entries is found")
  func missingKernelHalf() throws {
    let system = try SmallSystem()
    for index in UInt64(256)..<512 {
      try system.store(0, at: system.second.root.lower.advanced(byBytes: index * 8))
    }
    #expect(findings(.missingKernelHalf, system).map(\.pids) == [[2]])
    // One that only lags behind is none.
    let entry = try system.memory.load(
      byteCount: 8, order: .little, at: system.kernel.root.lower.advanced(byBytes: 511 * 8))
    try system.store(
      entry, at: system.second.root.lower.advanced(byBytes: 511 * 8))
    #expect(findings(.missingKernelHalf, system).isEmpty)
  }
}
