public import PageTableEditing
public import PageTables

/// A machine that has been stopped to be looked at: its RAM, and what its kernel knows.
public final class LabImage: PhysicalMemory, Sendable {
  public let profile: Profile
  public let layout: KernelLayout
  public let tasks: [LabTask]
  public let cpus: [LabCPU]
  /// The kernel page table.
  public let kernelRoot: PageTableRoot
  /// In the order of their addresses.
  public let vmallocAreas: [VmallocArea]
  public let counters: Counters
  /// What each frame of RAM is used for, from the first on.
  public let frameKinds: [FrameDescriptor.Kind]
  private let memory: SparseMemory

  /// Takes the machine's RAM.
  public convenience init(_ machine: consuming Machine) {
    let state = State(machine)
    self.init(state, memory: machine.takeMemory())
  }

  /// The machine as it is now, with a copy of its RAM: it can go on.
  ///
  /// - Throws: if the host does not give that much address space.
  public convenience init(copying machine: borrowing Machine) throws(SparseMemory.SetupError) {
    self.init(State(machine), memory: try machine.memory.copy())
  }

  private init(_ state: State, memory: consuming SparseMemory) {
    profile = state.profile
    layout = state.layout
    tasks = state.tasks
    cpus = state.cpus
    kernelRoot = state.kernelRoot
    vmallocAreas = state.vmallocAreas
    counters = state.counters
    usedRuns = state.usedRuns
    frameKinds = state.frameKinds
    self.memory = memory
  }

  /// What is kept of a machine beside its RAM.
  private struct State {
    var profile: Profile
    var layout: KernelLayout
    var tasks: [LabTask]
    var cpus: [LabCPU]
    var kernelRoot: PageTableRoot
    var vmallocAreas: [VmallocArea]
    var counters: Counters
    var usedRuns: [Run]
    var frameKinds: [FrameDescriptor.Kind]

    init(_ machine: borrowing Machine) {
      profile = machine.profile
      layout = machine.layout
      tasks = []
      for task in machine.tasks.values { tasks.append(LabTask(task, in: machine)) }
      tasks.sort { $0.pid < $1.pid }
      cpus = machine.cpus.map { LabCPU($0) }
      kernelRoot = machine.kernel.root
      vmallocAreas = machine.kernel.vmallocAreas
      counters = machine.counters
      usedRuns = Run.used(in: machine)
      frameKinds = machine.frames.descriptors.map(\.kind)
    }
  }

  public func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    try memory.withBytes(at: address, count: count, body)
  }

  /// The runs of pages that were ever written or are in use, ascending and disjoint; all else is zero, and
  /// nobody's.
  public let usedRuns: [Run]

  public struct Run: Hashable, Sendable {
    public var address: PhysicalAddress
    public var byteCount: Int
  }
}

extension LabImage.Run {
  /// Joins pages that were written with frames that are in use.
  static func used(in machine: borrowing Machine) -> [LabImage.Run] {
    var pieces = machine.memory.chunks().map { LabImage.Run(address: $0.address, byteCount: $0.byteCount) }
    let pageBytes = Int(machine.pageByteCount)
    var place = 0
    let count = machine.frames.frameCount
    while place < count {
      let first = place
      while place < count, machine.frames.isInUse(place) { place += 1 }
      if place > first {
        let address = (machine.frames.firstFrame &+ UInt64(first)) &<< machine.pageSizeBits
        pieces.append(LabImage.Run(address: PhysicalAddress(address), byteCount: (place - first) * pageBytes))
      }
      place += 1
    }
    pieces.sort { $0.address.rawValue < $1.address.rawValue }
    var runs: [LabImage.Run] = []
    for piece in pieces {
      let end = piece.address.rawValue &+ UInt64(piece.byteCount)
      guard let last = runs.last, last.address.rawValue &+ UInt64(last.byteCount) >= piece.address.rawValue
      else {
        runs.append(piece)
        continue
      }
      let lastEnd = last.address.rawValue &+ UInt64(last.byteCount)
      runs[runs.count - 1].byteCount = Int(max(end, lastEnd) - last.address.rawValue)
    }
    return runs
  }
}

extension FrameAllocator {
  /// Whether somebody has the frame at a place from RAM's first: neither free nor reserved at boot.
  func isInUse(_ place: Int) -> Bool {
    descriptors[place].kind != .free && descriptors[place].kind != .reserved
  }
}

extension Machine {
  consuming func takeMemory() -> SparseMemory { memory }
}
