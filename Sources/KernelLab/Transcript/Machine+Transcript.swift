import PageTableEditing
import PageTables

extension Machine {
  /// The machine of a classic experiment: a module for ARM walked the page table of process 614 and logged
  /// every step for the address 7e9e6c24.
  ///
  /// The profile `arm-2g` is booted, and process 614 brings its pages with ordinary accesses; only which
  /// frames it gets is arranged, so that they are those of the log: the pgd at kernel address c8058000, the
  /// entry at c8059fa0, the page of ptes at c8269000 with the entry at c8269798, the page in frame 574a1, and
  /// the word 8055 at 574a1c24. ``deviceRead(pid:address:cpu:)`` makes the log again.
  public static func transcript() throws(BootError) -> Machine {
    var machine = try Machine.boot(.armEvenly)
    do throws(TranscriptError) {
      var story = try TranscriptStory(&machine)
      try story.run(on: &machine)
    } catch {
      throw .badProfile(name: machine.profile.name, reason: "the transcript's process: \(error.reason)")
    }
    return machine
  }
}

/// Which of the story's steps did not come out.
struct TranscriptError: Error {
  var reason: String
}

/// What process 614 does before somebody looks into its table.
struct TranscriptStory {
  private let task: Task
  private let space: AddressSpace

  static var pid: Int { 614 }
  static var command: String { "experiment" }

  init(_ machine: inout Machine) throws(TranscriptError) {
    try Self.arrange([0x58058], order: 2, in: &machine)
    machine.nextPID = Self.pid
    do throws(MachineError) {
      task = try machine.spawn(Self.command)
      try machine.run(task)
    } catch {
      throw TranscriptError(reason: "\(error)")
    }
    guard let space = task.space else { throw TranscriptError(reason: "it has no memory") }
    self.space = space
  }

  mutating func run(on machine: inout Machine) throws(TranscriptError) {
    try makeStack(in: &machine)
    try mapProgram(in: &machine)
    try mapLibrary(in: &machine)
    try makeRarities(in: &machine)
    try loadDriver(in: &machine)
  }

  /// The page of the log first, then one below it.
  private func makeStack(in machine: inout Machine) throws(TranscriptError) {
    try map(0x7e9e_5000, pages: 2, [.read, .write], flags: [.anonymous, .growsDown], in: &machine)
    try Self.arrange([0x58269, 0x574a1], in: &machine)
    try touch(.write, 0x7e9e_6c24, expecting: 0x574a_1c24, in: &machine)
    try? machine.memory.store(entry: 0x8055, byteCount: 4, order: .little, at: PhysicalAddress(0x574a_1c24))
    try Self.arrange([0x574a3], in: &machine)
    try touch(.write, 0x7e9e_5ff8, expecting: 0x574a_3ff8, in: &machine)
  }

  /// Text, constants, data and what follows them, all in the second table.
  private func mapProgram(in machine: inout Machine) throws(TranscriptError) {
    let program = machine.makeFile(Self.command, kind: .disk, byteCount: 8 << 12)
    try load(program, at: 0x56000, pages: 8, in: &machine)
    try map(0x1_0000, pages: 6, [.read, .execute], file: program, in: &machine)
    try map(0x2_6000, pages: 1, [.read], file: program, filePage: 6, in: &machine)
    try map(0x2_7000, pages: 1, [.read, .write], file: program, filePage: 7, in: &machine)
    try map(0x7_c000, pages: 5, [.read, .write], flags: .anonymous, in: &machine)
    try Self.arrange([0x58300], in: &machine)
    try touch(.execute, 0x1_0000, expecting: 0x5600_0000, in: &machine)
    try touch(.read, 0x2_6000, expecting: 0x5600_6000, in: &machine)
    try Self.arrange([0x57342], in: &machine)
    try touch(.write, 0x2_7000, expecting: 0x5734_2000, in: &machine)
    try Self.arrange((0x57410..<0x57415).map { $0 }, in: &machine)
    for page in 0..<UInt64(5) {
      try touch(.write, 0x7_c000 + page << 12, expecting: 0x5741_0000 + page << 12, in: &machine)
    }
  }

  private func mapLibrary(in machine: inout Machine) throws(TranscriptError) {
    let library = machine.makeFile("libc", kind: .disk, byteCount: 16 << 12)
    try load(library, at: 0x55000, pages: 16, in: &machine)
    try map(0x76e5_0000, pages: 16, [.read, .execute], file: library, in: &machine)
    try Self.arrange([0x58301], in: &machine)
    try touch(.execute, 0x76e5_0000, expecting: 0x5500_0000, in: &machine)
  }

  /// What an ARM page table cannot say by itself: an old page, one without rights, one in swap.
  private func makeRarities(in machine: inout Machine) throws(TranscriptError) {
    guard let old = machine.slot(for: 0x7_f000, root: space.root, depth: machine.lastDepth) else {
      throw TranscriptError(reason: "7f000 has no table")
    }
    let entry = machine.entry(at: old, depth: machine.lastDepth)
    machine.writeEntry(machine.codec.old(entry), at: old, depth: machine.lastDepth)
    machine.cpus[0].tlb.flush(0x7_f000, tag: machine.cpus[0].tag)
    guard machine.mprotect(task, at: 0x8_0000, byteCount: 4096, rights: []) == 0 else {
      throw TranscriptError(reason: "mprotect refused")
    }
    try map(0x8_1000, pages: 1, [.read, .write], flags: .anonymous, in: &machine)
    guard let slot = machine.slot(for: 0x8_1000, root: space.root, depth: machine.lastDepth),
      machine.swapon("first", byteCount: 8 << 20) == 0, machine.swapon("second", byteCount: 8 << 20) == 1,
      machine.swap.devices[1]?.take(at: 0x2a7, [], count: 1) == true,
      let swapped = machine.codec.swap(type: 1, offset: 0x2a7)
    else { throw TranscriptError(reason: "81000 cannot be swapped") }
    machine.writeEntry(swapped, at: slot, depth: machine.lastDepth)
    space.usage.swappedPages += 1
  }

  /// A driver's eight pages of vmalloc, from before the process: it has the entry.
  private func loadDriver(in machine: inout Machine) throws(TranscriptError) {
    let start = machine.layout.vmalloc.lowerBound
    for page in 0..<UInt64(8) {
      let frame = 0x6f000 + page << 2
      guard machine.frames.allocate(at: frame, kind: .vmalloc) else {
        throw TranscriptError(reason: "frame \(String(frame, radix: 16)) is taken")
      }
      do throws(HighMemoryError) {
        try machine.writeKernelPage(start + page << machine.pageSizeBits, frame: frame)
      } catch {
        throw TranscriptError(reason: "\(error)")
      }
    }
    for offset in machine.topEntries(from: start) {
      let word = machine.load(machine.kernel.root.lower.rawValue &+ offset, machine.geometries[0])
      machine.store(word, at: space.root.lower.rawValue &+ offset, machine.geometries[0])
    }
  }

  // MARK: Steps

  /// Has the next allocations of that size give these frames, the first one first.
  private static func arrange(
    _ frames: [UInt64], order: Int = 0, in machine: inout Machine
  ) throws(TranscriptError) {
    guard machine.frames.prefer(frames, order: order) else {
      throw TranscriptError(reason: "a frame is taken")
    }
  }

  /// Brings a file's pages into the cache, into neighbouring frames.
  private func load(
    _ file: FileObject, at first: UInt64, pages: UInt64, in machine: inout Machine
  ) throws(TranscriptError) {
    try Self.arrange((first..<first + pages).map { $0 }, in: &machine)
    for page in 0..<pages where machine.cachedFrame(of: file, page: page) != first + page {
      throw TranscriptError(reason: "page \(page) of \(file.name) is in another frame")
    }
  }

  private func map(
    _ address: UInt64, pages: UInt64, _ rights: AreaFlags, flags: MappingFlags = [], file: FileObject? = nil,
    filePage: UInt64 = 0, in machine: inout Machine
  ) throws(TranscriptError) {
    let result = machine.mmap(
      task, at: address, byteCount: pages << 12, rights: rights, flags: flags.union([.private, .fixed]),
      file: file, byteOffset: filePage << 12)
    guard result == Int64(address) else { throw TranscriptError(reason: "mmap gave \(result)") }
  }

  private func touch(
    _ kind: MemoryAccess.Kind, _ address: UInt64, expecting physical: UInt64, in machine: inout Machine
  ) throws(TranscriptError) {
    let outcome = machine.access(kind, at: address)
    guard outcome == .completed(physical) else {
      throw TranscriptError(reason: "\(String(address, radix: 16)): \(outcome)")
    }
  }
}
