import PageTables
import Testing

@testable import KernelLab

@Suite("A context switch")
struct SwitchTests {
  /// A process with one page, written on CPU 0, so that its TLB holds the page.
  @discardableResult
  static func process(
    _ name: String, in machine: inout Machine, cpu: Int = 0, at address: UInt64 = 0x40_0000
  ) throws -> Task {
    let task = try machine.spawn(name)
    let space = try #require(task.space)
    space.areas.append(Area(start: 0x40_0000, end: 0x60_0000, flags: [.read, .write], pageOffset: 0x400))
    try machine.run(task, cpu: cpu)
    guard case .completed = machine.access(.write, at: address, cpu: cpu) else {
      throw MachineError.badArgument("the page cannot be written")
    }
    return task
  }

  @Test("the next process never sees the last one's pages", arguments: Profile.all)
  func separate(_ profile: Profile) throws {
    var machine = try Machine.boot(profile)
    var frames: [UInt64] = []
    var tasks: [Task] = []
    for number in 0..<9 {
      tasks.append(try Self.process("p\(number)", in: &machine))
      guard case .completed(let physical) = machine.access(.read, at: 0x40_0000) else { continue }
      frames.append(physical)
    }
    #expect(Set(frames).count == 9)
    for round in 0..<3 {
      for (task, frame) in zip(tasks, frames) where (task.pid + round) % 3 != 0 {
        try machine.run(task)
        #expect(machine.access(.read, at: 0x40_0000) == .completed(frame))
        #expect(machine.check().isEmpty)
      }
    }
  }

  @Test("the same table is not loaded again, with a thread of the kernel between or without")
  func sameTable() throws {
    var machine = try Machine.boot(.x86_64)
    let task = try Self.process("user", in: &machine)
    let space = try #require(task.space)
    let loads = machine.counters.rootLoads
    try machine.run(task)
    try machine.run(machine.spawnKernelThread("kworker"))
    #expect(machine.cpus[0].isLazy)
    #expect(machine.cpus[0].root == space.root)
    #expect(space.holderCount == 2)
    try machine.run(task)
    #expect(!machine.cpus[0].isLazy)
    #expect(space.holderCount == 1)
    #expect(machine.counters.rootLoads == loads)
  }

  @Test("a borrowed table outlives its process, and is freed when the borrower leaves it")
  func borrowedTable() throws {
    for profile in Profile.all {
      var machine = try Machine.boot(profile)
      let before = machine.frames.freeCount
      let task = try Self.process("user", in: &machine)
      let other = try machine.spawn("other")
      try machine.run(machine.spawnKernelThread("kworker"))
      machine.exit(task)
      #expect(machine.cpus[0].activeSpace?.holderCount == 1)
      #expect(machine.check().isEmpty, "\(profile.name)")
      machine.leaveLazyTLB(cpu: 0)
      #expect(machine.cpus[0].root == machine.kernel.root)
      #expect(machine.cpus[0].activeSpace == nil)
      machine.exit(other)
      #expect(machine.frames.freeCount == before, "\(profile.name)")
      #expect(machine.liveSpaces.isEmpty)
    }
  }

  @Test("who exits while running leaves a borrower behind, and the next process frees the table")
  func exitWhileRunning() throws {
    var machine = try Machine.boot(.arm)
    let other = try Self.process("other", in: &machine)
    let before = machine.frames.freeCount
    let task = try Self.process("user", in: &machine)
    machine.exit(task)
    #expect(machine.cpus[0].isLazy)
    try machine.run(other)
    #expect(machine.frames.freeCount == before)
    #expect(throws: MachineError.self) { try machine.run(task) }
  }

  @Test("without tags a switch forgets what is not global; with isolation everything")
  func withoutTags() throws {
    for (profile, keepsKernel) in [(Profile.i386, true), (.i386PAEIsolated, false)] {
      var machine = try Machine.boot(profile)
      let task = try Self.process("user", in: &machine)
      let area = try machine.vmalloc(byteCount: 4096)
      _ = machine.access(.read, at: area.range.lowerBound, isUser: false)
      try machine.run(machine.spawn("other"))
      let walks = machine.counters.walks
      _ = machine.access(.read, at: area.range.lowerBound, isUser: false)
      #expect((machine.counters.walks == walks) == keepsKernel)
      try machine.run(task)
      let again = machine.counters.walks
      _ = machine.access(.read, at: 0x40_0000)
      #expect(machine.counters.walks == again + 1)
    }
  }

  @Test("with PCIDs a CPU keeps six spaces; the seventh takes the oldest one's place")
  func sixSlots() throws {
    var machine = try Machine.boot(.x86_64)
    var tasks: [Task] = []
    // Pages of their own: the TLB's sets have four places each.
    for number in 0..<7 {
      tasks.append(
        try Self.process("p\(number)", in: &machine, at: 0x40_0000 + UInt64(number) << 12))
    }
    func walks(_ task: Task, _ machine: inout Machine) throws -> UInt64 {
      try machine.run(task)
      let before = machine.counters.walks
      _ = machine.access(.read, at: 0x40_0000 + UInt64(task.pid - tasks[0].pid) << 12)
      return machine.counters.walks - before
    }
    for task in tasks.dropFirst() { #expect(try walks(task, &machine) == 0) }
    #expect(try walks(tasks[0], &machine) == 1)
    // It took the place of the second.
    #expect(try walks(tasks[6], &machine) == 0)
    #expect(try walks(tasks[1], &machine) == 1)
  }

  @Test("ARM's 255 ASIDs last for 255 spaces; then a new generation begins and every TLB is flushed")
  func generations() throws {
    var machine = try Machine.boot(.arm)
    let first = try Self.process("first", in: &machine, cpu: 1)
    var tasks: [Task] = []
    for number in 0..<254 { tasks.append(try Self.process("p\(number)", in: &machine)) }
    #expect(machine.counters.asidRollovers == 0)
    let tags = Set((tasks + [first]).compactMap { $0.space.map { $0.contextID & 0xff } })
    #expect(tags.count == 255 && !tags.contains(0))
    let kept = try #require(first.space).contextID & 0xff
    let late = try Self.process("late", in: &machine)
    #expect(machine.counters.asidRollovers == 1)
    // What runs elsewhere keeps its number; nobody else gets it.
    try machine.run(tasks[3])
    try machine.run(machine.spawn("other"), cpu: 1)
    try machine.run(first, cpu: 1)
    #expect(try #require(first.space).contextID & 0xff == kept)
    #expect(try #require(first.space).contextID >> 8 == 2)
    for task in tasks { try machine.run(task) }
    let spaces = (tasks + [first, late]).compactMap(\.space)
    let current = spaces.filter { machine.kernel.asids.isCurrent($0.contextID) }
    #expect(Set(current.map(\.contextID)).count == current.count)
    #expect(machine.check().isEmpty)
  }

  @Test("with isolation user mode has the second root, and bit 11 in its tag")
  func isolation() throws {
    var machine = try Machine.boot(.x86_64Isolated)
    let task = try Self.process("user", in: &machine)
    let space = try #require(task.space)
    #expect(machine.cpus[0].root == space.root)
    #expect(machine.cpus[0].userRoot == space.isolatedRoot)
    #expect(machine.cpus[0].userTag == machine.cpus[0].tag | 0x800)
    // Kernel mode has the kernel; user mode has not, although nothing else forbids it.
    let area = try machine.vmalloc(byteCount: 4096)
    guard case .completed = machine.access(.read, at: area.range.lowerBound, isUser: false) else {
      Issue.record("kernel mode cannot read")
      return
    }
    let walker = Walker(format: machine.profile.format, root: machine.cpus[0].userRoot)
    #expect(walker.translate(VirtualAddress(area.range.lowerBound), in: machine.memory).mapping == nil)
    guard case .signal = machine.access(.read, at: area.range.lowerBound) else {
      Issue.record("user mode may read")
      return
    }
    #expect(machine.check().isEmpty)
  }

  @Test("with isolation and without tags each way into the kernel forgets all")
  func isolationWithoutTags() throws {
    var machine = try Machine.boot(.i386PAEIsolated)
    try Self.process("user", in: &machine)
    let area = try machine.vmalloc(byteCount: 4096)
    for _ in 0..<3 {
      let before = machine.counters
      guard case .completed = machine.access(.read, at: area.range.lowerBound, isUser: false),
        case .completed = machine.access(.read, at: 0x40_0000)
      else {
        Issue.record("not readable")
        return
      }
      #expect(machine.counters.walks == before.walks + 2)
      #expect(machine.counters.rootLoads == before.rootLoads + 2)
      #expect(machine.check().isEmpty)
    }
  }

  @Test("a task runs on one CPU at a time")
  func migration() throws {
    var machine = try Machine.boot(.x86_64)
    let task = try Self.process("user", in: &machine)
    try machine.run(task, cpu: 1)
    #expect(machine.cpus[0].task == nil)
    #expect(machine.cpus[0].isLazy)
    #expect(machine.cpus[1].task === task)
    #expect(throws: MachineError.noSuchCPU(9)) { try machine.run(task, cpu: 9) }
    #expect(machine.check().isEmpty)
  }

  @Test("Alpha's numbers are each CPU's own, with a generation")
  func perCPUNumbers() throws {
    var machine = try Machine.boot(.alpha)
    let task = try Self.process("user", in: &machine)
    let space = try #require(task.space)
    try machine.run(task, cpu: 1)
    #expect(space.contextIDs[0] != 0 && space.contextIDs[1] != 0)
    for number in 0..<300 { try machine.run(machine.spawn("p\(number)"), cpu: 1) }
    #expect(machine.counters.asidRollovers == 1)
    let before = space.contextIDs[1]
    try machine.run(task, cpu: 1)
    #expect(space.contextIDs[1] != before)
    #expect(machine.check().isEmpty)
  }
}
