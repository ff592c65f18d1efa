import LinuxKernel
import MemoryImages
import PageTables
import Testing

/// What is found in the memory of real kernels, with nothing but their memory, against what they said.
@Suite(
  .enabled(if: !Guest.built.isEmpty || Guest.isRequired, "no guest is built; run scripts/guests build"))
struct KernelTests {
  static let whole: [KernelMemoryCase] = Guest.built.flatMap { guest in
    // The raw image has no notes and no machine; the others name at least the machine.
    ["elf", "raw", "kdump-zlib"].filter { guest.path($0) != nil }.map {
      KernelMemoryCase(guest: guest, image: $0)
    }
  }

  @Test("every task, area, page, root and address of the kernel is as the guest said", arguments: whole)
  func matches(_ example: KernelMemoryCase) throws {
    try example.withMemory { memory, ranges, machine in
      let kernel = try FoundKernel(in: memory, ranges: ranges, machine: machine)
      var judge = KernelJudge(guest: example.guest, kernel: kernel)
      try judge.compareTasks()
      try judge.compareAreas()
      try judge.comparePages(in: memory)
      try judge.compareSharing()
      try judge.compareMaster(in: memory)
      try judge.compareIdentity()
      let tally = judge.tally
      print("kernel \(example.testDescription): \(tally)")
      #expect(tally.differenceCount == 0)
      #expect(tally["tasks equal"] > 40)
      #expect(tally["zombies"] == 2)
      #expect(tally["areas of files"] > 30)
      #expect(tally["present and equal"] > 1000)
      #expect(tally["kernel addresses equal"] > 100)
    }
  }

  static let damaged: [KernelMemoryCase] = Guest.built.flatMap { guest in
    let damages: [KernelMemoryCase.Damage] =
      [10, 50, 200].map { .dropped(permille: $0) } + [.half]
    let filtered = guest.path("makedumpfile-filtered").map { _ in
      KernelMemoryCase(guest: guest, image: "makedumpfile-filtered")
    }
    return damages.map { KernelMemoryCase(guest: guest, image: "elf", damage: $0) }
      + (filtered.map { [$0] } ?? [])
  }

  @Test("what is found in a damaged image is true, or says what it doubts", arguments: damaged)
  func damagedImages(_ example: KernelMemoryCase) throws {
    try example.withMemory { memory, ranges, machine in
      let truth = try example.guest.tasks().count
      let kernel: FoundKernel
      do {
        kernel = try FoundKernel(in: memory, ranges: ranges, machine: machine)
      } catch {
        print("kernel \(example.testDescription): 0 of \(truth) tasks: \(error)")
        // The half that is missing may be the one with the tasks.
        #expect(example.damage == .half, "\(error)")
        return
      }
      var judge = KernelJudge(guest: example.guest, kernel: kernel, isDamaged: true)
      try judge.compareTasks()
      try judge.compareAreas()
      try judge.comparePages(in: memory)
      let tally = judge.tally
      let found = tally["tasks equal"] + tally["tasks equal, with doubts"]
      print("kernel \(example.testDescription): \(found) of \(truth) tasks; \(tally)")
      #expect(tally.differenceCount == 0)
      guard example.damage != .half else { return }
      // How many tasks lose pages of their own differs from boot to boot; the others are found.
      let intact = try example.intactLeaders(KernelMemory(memory, ranges: ranges), machine)
      let intactFound = intact.intersection(kernel.tasks.map(\.physical)).count
      print("kernel \(example.testDescription): \(intactFound) of \(intact.count) tasks that are intact")
      #expect(intactFound * 10 >= intact.count * 9)
    }
  }
}

extension KernelMemoryCase {
  /// Where the first threads of all processes lie, as far as damage has left what they are told by.
  fileprivate func intactLeaders(
    _ damaged: KernelMemory, _ machine: ImageArchitecture.Machine?
  ) throws -> Set<PhysicalAddress> {
    let image = try openImage(guest, image)
    let whole = try KernelSearch(machine: machine).run(
      in: KernelMemory(image, ranges: Self.readable(image)))
    let members = try ["tasks", "pid", "group_leader", "comm"].map {
      try #require(whole.layout["task_struct.\($0)"])
    }
    let leaders = whole.tasks.filter { $0.pid == $0.tgid && $0.pid != 0 }.map(\.physical)
    return Set(
      leaders.filter { leader in
        members.allSatisfy { offset in
          let first = leader.advanced(byBytes: UInt64(offset))
          return damaged.contains(first) && damaged.contains(first.advanced(byBytes: 15))
        }
      })
  }
}
