import PageTables
import Testing

@testable import KernelLab

/// Transparent huge pages. The numbers of x86-64 were measured on 6.18.
@Suite("Transparent huge pages")
struct HugePageTests {
  static let profiles = [
    "x86-64", "x86-64-kpti", "x86-64-la57", "i386", "i386-pae", "arm-lpae", "arm64", "riscv64",
  ]
  static let place: UInt64 = 0x4000_0000

  /// A process with an area of two huge pages that asked for them.
  private func prepare(_ machine: inout Machine) throws -> (task: Task, space: AddressSpace) {
    let task = try machine.spawn("init")
    machine.map(task, at: Self.place, pages: 2 * machine.hugePageCount)
    let answer = machine.madvise(task, at: Self.place, byteCount: 2 * machine.hugePageByteCount, advice: 14)
    #expect(answer == 0)
    return (task, try #require(task.space))
  }

  @Test("a first write brings 2 MiB with one fault, and tables for 12 KiB")
  func firstWrite() throws {
    var machine = try Machine.small("x86-64")
    let (task, space) = try prepare(&machine)
    #expect(machine.pageTableByteCount(of: space) == 0)
    #expect(try machine.write(1, at: Self.place + 0x1234_8, by: task))
    #expect(task.minorFaultCount == 1)
    #expect(space.usage.anonymousPages == 512)
    #expect(machine.pageTableByteCount(of: space) == 12 << 10)
    #expect(space.tableCounts == [0, 1, 1, 1])
    #expect(try machine.read(at: Self.place + 0x1f_fff8, by: task) == 0)
    #expect(task.minorFaultCount == 1)
    let walker = Walker(format: machine.profile.format, root: space.root)
    let mapping = walker.translate(VirtualAddress(Self.place + 0x5000), in: machine.memory).mapping
    #expect(mapping?.pageSizeBits == 21)
    // MADV_DONTNEED of 4 KiB splits it: 4 KiB less, no table more.
    #expect(machine.madvise(task, at: Self.place + 0x3000, byteCount: 0x1000, advice: 4) == 0)
    #expect(space.usage.anonymousPages == 511)
    #expect(machine.pageTableByteCount(of: space) == 12 << 10)
    let state = machine.check()
    #expect(state == [])
  }

  @Test("a first read shows zeros that count nowhere")
  func firstRead() throws {
    var machine = try Machine.small("x86-64")
    let (task, space) = try prepare(&machine)
    #expect(try machine.read(at: Self.place + 0x1_0000, by: task) == 0)
    #expect(task.minorFaultCount == 1)
    #expect(space.usage.anonymousPages == 0)
    #expect(machine.pageTableByteCount(of: space) == 12 << 10)
    var state = machine.check()
    #expect(state == [])
    #expect(try machine.write(3, at: Self.place + 0x1_0000, by: task))
    #expect(space.usage.anonymousPages == 512)
    machine.madvise(task, at: Self.place, byteCount: 0x1000, advice: 4)
    #expect(try machine.read(at: Self.place + 0x1_0000, by: task) == 3)
    state = machine.check()
    #expect(state == [])
  }

  @Test("a child's write splits the child's only, and copies one page", arguments: profiles)
  func childWrites(_ name: String) throws {
    var machine = try Machine.small(name)
    let (parent, space) = try prepare(&machine)
    let page = machine.pageByteCount
    for number in [0, 5, machine.hugePageCount - 1] {
      #expect(try machine.write(number + 1, at: Self.place + number * page, by: parent))
    }
    let child = try machine.fork(parent)
    var state = machine.check()
    #expect(state == [])
    let tables = machine.pageTableByteCount(of: space)
    #expect(child.space.map { machine.pageTableByteCount(of: $0) } == tables)
    let faults = child.minorFaultCount
    let copies = machine.counters.copiedPages
    #expect(try machine.write(77, at: Self.place + 5 * page, by: child))
    #expect(machine.counters.copiedPages == copies + 1)
    #expect(
      child.minorFaultCount - faults
        == (machine.profile.setsAccessedAndDirty ? 1 : child.minorFaultCount - faults))
    #expect(machine.isLarge(Self.place, in: space) == true)
    #expect(machine.isLarge(Self.place, in: child.space) == false)
    #expect(child.space?.usage.anonymousPages == Int64(machine.hugePageCount))
    state = machine.check()
    #expect(state == [])
    #expect(try machine.read(at: Self.place + 5 * page, by: parent) == 6)
    #expect(try machine.read(at: Self.place + 5 * page, by: child) == 77)
    #expect(try machine.read(at: Self.place, by: child) == 1)
    machine.exit(parent)
    #expect(
      try machine.read(at: Self.place + (machine.hugePageCount - 1) * page, by: child)
        == machine.hugePageCount)
    machine.exit(child)
    state = machine.check()
    #expect(state == [])
  }

  /// Ways to make small pages of a huge one.
  enum Split: CaseIterable, Sendable {
    case mprotect
    case munmap
    case mlock
    case advice
    case mremap
    case swapOut
  }

  @Test("a split keeps every byte and count, whatever it was for", arguments: profiles, Split.allCases)
  func splits(_ name: String, _ split: Split) throws {
    var machine = try Machine.small(name)
    let (task, space) = try prepare(&machine)
    let page = machine.pageByteCount
    let count = machine.hugePageCount
    for number in 0..<count { _ = try machine.write(number + 1, at: Self.place + number * page, by: task) }
    #expect(machine.isLarge(Self.place, in: space) == true)
    let tables = space.tableCounts
    var gone: Range<UInt64> = 0..<0
    var moved: UInt64 = 0
    let middle = Self.place + 16 * page
    switch split {
    case .mprotect: machine.mprotect(task, at: middle, byteCount: page, rights: .read)
    case .munmap:
      machine.munmap(task, at: middle, byteCount: 2 * page)
      gone = 16..<18
    case .mlock: machine.mlock(task, at: middle, byteCount: page)
    case .advice: machine.madvise(task, at: middle, byteCount: page, advice: 10)
    case .mremap:
      moved = 0x100_0000
      let target = Self.place + moved + 16 * page
      #expect(
        machine.mremap(
          task, at: middle, oldByteCount: page, newByteCount: page, flags: [.mayMove, .fixed], to: target)
          == Int64(target))
      gone = 16..<17
    case .swapOut:
      machine.swapon("swap", byteCount: 1 << 20)
      #expect(machine.reclaim(3) == 3)
    }
    #expect(machine.isLarge(Self.place, in: space) == false)
    if moved == 0 { #expect(space.tableCounts == tables) }
    var state = machine.check()
    #expect(state == [])
    for number in 0..<count where !gone.contains(number) {
      #expect(try machine.read(at: Self.place + number * page, by: task) == number + 1)
    }
    if moved > 0 { #expect(try machine.read(at: middle + moved, by: task) == 17) }
    state = machine.check()
    #expect(state == [])
  }

  @Test(
    "a collapse makes a huge page of small ones, with all their bytes and no table more", arguments: profiles)
  func collapses(_ name: String) throws {
    var machine = try Machine.small(name)
    let task = try machine.spawn("init")
    let space = try #require(task.space)
    let page = machine.pageByteCount
    machine.map(task, at: Self.place, pages: machine.hugePageCount)
    machine.swapon("swap", byteCount: 1 << 20)
    let size = machine.hugePageByteCount
    #expect(machine.madvise(task, at: Self.place, byteCount: size, advice: 25) == SystemError.invalid.result)
    for number in UInt64(0)..<100 {
      _ = try machine.write(number + 1, at: Self.place + number * page, by: task)
    }
    _ = try machine.read(at: Self.place + 200 * page, by: task)
    let child = try machine.fork(task)
    machine.reclaim(10)
    let tables = space.tableCounts
    #expect(machine.madvise(task, at: Self.place, byteCount: size, advice: 25) == 0)
    #expect(machine.isLarge(Self.place, in: space) == true)
    #expect(space.usage.anonymousPages == Int64(machine.hugePageCount))
    #expect(space.tableCounts == tables)
    var state = machine.check()
    #expect(state == [])
    for owner in [task, child] {
      for number in UInt64(0)..<machine.hugePageCount {
        #expect(
          try machine.read(at: Self.place + number * page, by: owner) == (number < 100 ? number + 1 : 0))
      }
    }
    // A move to another place of the same kind takes it whole.
    let target = Self.place + 4 * size
    #expect(
      machine.mremap(
        task, at: Self.place, oldByteCount: size, newByteCount: size, flags: [.mayMove, .fixed], to: target)
        == Int64(target))
    #expect(machine.isLarge(target, in: space) == true)
    #expect(try machine.read(at: target + 99 * page, by: task) == 100)
    machine.munmap(task, at: target, byteCount: size)
    #expect(space.usage.anonymousPages == 0)
    state = machine.check()
    #expect(state == [])
  }

  @Test("come where the policy says so, and small ones where no block is free")
  func policy() throws {
    for policy in HugePagePolicy.allCases {
      var profile = try #require(Profile.named("x86-64"))
      profile.ramByteCount = 64 << 20
      profile.areaRules.hugePagePolicy = policy
      var machine = try Machine.boot(profile)
      let task = try machine.spawn("init")
      machine.map(task, at: Self.place, pages: 512)
      machine.map(task, at: 2 * Self.place, pages: 512)
      machine.madvise(task, at: 2 * Self.place, byteCount: 2 << 20, advice: 14)
      _ = try machine.write(1, at: Self.place, by: task)
      _ = try machine.write(1, at: 2 * Self.place, by: task)
      #expect(machine.isLarge(Self.place, in: task.space) == (policy == .always))
      #expect(machine.isLarge(2 * Self.place, in: task.space) == (policy != .never))
    }
    var machine = try Machine.small("x86-64")
    machine.leaveFrames(300)
    let (task, space) = try prepare(&machine)
    #expect(try machine.write(1, at: Self.place, by: task))
    #expect(space.usage.anonymousPages == 1)
    #expect(space.tableCounts == [0, 1, 1, 1])
    let state = machine.check()
    #expect(state == [])
  }
}
