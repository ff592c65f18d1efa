import PageTables

/// What the first pass learns: how each frame is reached, which tables are reached twice.
struct AuditSurvey {
  /// What is known of one owner's user half.
  struct UserHalf: Sendable {
    var mappedBytes: UInt64 = 0
    var writableBytes: UInt64 = 0
    /// Writable and executable for user mode.
    var writableExecutableBytes: UInt64 = 0
    /// Mapped, but not for user mode.
    var kernelOnlyBytes: UInt64 = 0
    /// Of those: mapped at the very physical address.
    var identityBytes: UInt64 = 0
  }

  let format: PagingFormat
  let layout: KernelLayout
  let owners: [AuditOwner]
  let frames: FrameMap
  var userHalves: [UserHalf]
  var shared: [SharedTable] = []
  /// Memory around a flattened device tree that the kernel maps with it, in large pages and writable.
  private(set) var deviceTreeWindows: [RAMRange] = []
  var notes: [String]
  var isComplete = true
  /// Whether entries can forbid execution: x86 without PAE cannot.
  let canForbidExecution: Bool
  let regionName: (@Sendable (VirtualAddress) -> String?)?
  /// For a few reads at single places.
  let memory: any PhysicalMemory & Sendable
  private let noteWitness: (@Sendable (PhysicalAddress) -> Void)?
  private(set) var linearProtection = LinearProtection(protectedCount: 0, writableCount: 0)

  init(_ input: AuditInput, in memory: some PhysicalMemory & Sendable) {
    self.memory = memory
    format = input.tables.format
    layout = KernelLayout(input, in: memory)
    notes = layout.notes
    regionName = input.regionName
    noteWitness = input.noteWitness
    frames = FrameMap(input.ram, frameBits: format.pageSizeBits)
    canForbidExecution = format.canForbidExecution
    var owners: [AuditOwner] = []
    if let master = input.tables.master {
      owners.append(AuditOwner(kind: .master, root: master, pids: [], command: "kernel"))
    }
    var places: [PageTableRoot: Int] = [:]
    // With one root for both halves the other one's number means nothing.
    let hasSplitRoots = layout.hasSplitRoots
    func used(_ root: PageTableRoot) -> PageTableRoot { hasSplitRoots ? root : PageTableRoot(root.lower) }
    for process in input.tables.processes {
      // Threads and vfork share tables; a list that names them one by one means the same.
      if let place = places[used(process.root)] {
        owners[place].pids += [process.pid] + process.sharers
        continue
      }
      places[used(process.root)] = owners.count
      owners.append(
        AuditOwner(
          kind: .process, root: process.root, pids: [process.pid] + process.sharers, command: process.command)
      )
    }
    for root in input.candidateRoots
    where places[used(root)] == nil && used(root) != input.tables.master.map(used) {
      places[used(root)] = owners.count
      owners.append(AuditOwner(kind: .candidate, root: root, pids: [], command: "unknown"))
    }
    self.owners = owners
    userHalves = [UserHalf](repeating: UserHalf(), count: owners.count)
    markFrames(in: memory, tableLimit: input.tableLimit)
  }

  private mutating func markFrames(
    in memory: some PhysicalMemory & Sendable, tableLimit: Int
  ) {
    let result = passOver(memory, tableLimit: tableLimit) { survey, owner, isKernelHalf in
      FrameMarker(
        owner: owner, isKernelHalf: isKernelHalf, isMarking: survey.owners[owner].kind != .candidate,
        layout: survey.layout, format: survey.format, frames: survey.frames,
        holdsDeviceTree: survey.holdsDeviceTree)
    } takeBack: { survey, sink in
      if let userHalf = sink.userHalf { survey.userHalves[sink.owner] = userHalf }
      survey.deviceTreeWindows += sink.deviceTreeWindows
    }
    shared = result.memory.shared
    linearProtection = LinearProtection(
      // What the linear map does not reach it need not protect.
      protectedCount: frames.count(
        of: .kernelText, without: [.imageText, .linearWrite], through: layout.linearLast),
      writableCount: frames.count(
        of: [.kernelText, .linearWrite], without: .imageText, through: layout.linearLast))
    isComplete = result.isComplete && frames.isComplete && result.memory.leftOut == 0
    if !result.isComplete { notes.append("some tables could not be read or followed: not all was looked at") }
    if !frames.isComplete { notes.append("not all RAM could be marked: aliases in the rest are not found") }
    if result.memory.leftOut > 0 {
      notes.append("\(result.memory.leftOut) more tables are shared than the audit keeps")
    }
  }

  /// Whether the place is in a root that no process has.
  func isCandidate(_ place: AuditPlace) -> Bool { owners[place.owner].kind == .candidate }

  /// Whether a 32-bit program may execute all that it may write: it runs with READ_IMPLIES_EXEC, and that a page
  /// of it is executable says nothing.
  func executesAllData(_ owner: Int) -> Bool {
    let half = userHalves[owner]
    return format.addressBits == 32 && half.writableBytes > 0
      && half.writableExecutableBytes == half.writableBytes
  }

  /// Whether an owner's user half is out of reach for user mode, and most of it lies at its own physical address:
  /// tables that code runs on while the MMU is switched. i386's initial tables have the whole kernel half in the
  /// user half a second time (`sync_initial_page_table`), so that not all of it is an identity.
  func isStarter(_ owner: Int) -> Bool {
    let half = userHalves[owner]
    return half.mappedBytes > 0 && half.kernelOnlyBytes == half.mappedBytes
      && half.identityBytes >= half.mappedBytes / 2
  }

  /// Whether the source itself says that there is no RAM, and not only that it left the page out.
  func isOutsideRAM(_ place: AuditPlace) -> Bool {
    do throws(MemoryFault) {
      try memory.withBytes(at: place.mapping.physical, count: 1) { _ in }
      return false
    } catch {
      return error == .outsideRAM
    }
  }

  /// Whether an ELF object begins at `address`.
  func isObject(at address: PhysicalAddress) -> Bool {
    begins(address, with: 0x464c_457f, .little)
  }

  /// Whether the four bytes at `address` are `magic`.
  private func begins(_ address: PhysicalAddress, with magic: UInt64, _ order: ByteOrder) -> Bool {
    let word = try? memory.withBytes(at: address, count: 4) { bytes in
      bytes.entry(atByteOffset: 0, byteCount: 4, order: order)
    }
    guard word == magic else { return false }
    noteWitness?(address)
    return true
  }

  /// Whether a large page holds a flattened device tree, at the beginning of one of its small pages.
  func holdsDeviceTree(_ mapping: MappedRange.Mapping) -> Bool {
    guard mapping.pageSizeBits > format.pageSizeBits, mapping.pageSizeBits <= 22 else { return false }
    let size: UInt64 = 1 << UInt64(mapping.pageSizeBits)
    let first = mapping.physical.rawValue & ~(size - 1)
    return stride(from: first, through: first + (size - 4096), by: 4096).contains { address in
      begins(PhysicalAddress(address), with: 0xd00d_feed, .big)
    }
  }

  /// Whether all of the place's memory is mapped with a device tree.
  func isBesideDeviceTree(_ place: AuditPlace) -> Bool {
    let last = place.mapping.physical.rawValue &+ (place.byteCount &- 1)
    return deviceTreeWindows.contains { $0.first <= place.mapping.physical && last <= $0.last.rawValue }
  }

  /// The region's name, as far as anything tells it.
  func region(of address: VirtualAddress) -> String? {
    layout.isKernelHalf(address) ? regionName?(address) : nil
  }
}

extension PagingFormat {
  /// Whether entries have a bit that forbids execution.
  var canForbidExecution: Bool {
    accessTables.elements.contains { table in
      table.rules.elements.contains { $0.denies.contains(.userExecute) && !$0.denies.contains(.userRead) }
    }
  }
}
