import Foundation
import MemoryImages
import PageTables
import Testing

@testable import LinuxKernel

/// Page-table roots of real kernels, found in bare RAM. Registers, `ps` and `pagemap` tell whether they are
/// the right ones, and are shown to the tests only.
@Suite(.enabled(if: !Guest.built.isEmpty || Guest.isRequired, "no guest is built; run scripts/guests build"))
struct RootScanTests {
  @Test("every process has one root in RAM, and no other table is taken for one", arguments: Guest.built)
  func findsProcesses(_ guest: Guest) throws {
    let memory = try guest.kernelMemory()
    let start = ContinuousClock.now
    let result = RootScan(memory).run()
    let time = ContinuousClock.now - start
    var alone = RootScan(memory)
    alone.threadCount = 1
    let second = ContinuousClock.now
    _ = alone.candidates()
    let pass = (ContinuousClock.now - second) / (Double(guest.truth.ram.sizeBytes) / Double(1 << 30))
    let best = try #require(result.best, "no format stands apart: \(result.formats.map(\.score))")
    #expect(best.format.name.description == guest.truth.pagingFormat)
    #expect(result.gaps.isEmpty)
    let processes = best.processes.map(\.root)
    let frames = try guest.framesByProcess()
    // One root maps more of a process's pages where /proc/PID/pagemap said they are than any other does; it
    // had run on since, so a few pages have moved. No root belongs to two processes.
    var owners: [PhysicalAddress: Int] = [:]
    let sharing = try guest.sharers()
    for (pid, pages) in frames {
      let counts = processes.map { (root: $0, count: countMapped(pages, best.format, $0, memory)) }
        .sorted { $0.count > $1.count }
      let first = try #require(counts.first)
      #expect(first.count * 4 >= pages.count * 3, "PID \(pid): \(first.count) of \(pages.count) pages")
      #expect(counts.count < 2 || counts[1].count < first.count, "PID \(pid) fits two roots")
      let other = owners.updateValue(pid, forKey: first.root)
      // Those that share their memory have one root.
      #expect(other.map(sharing.contains) ?? true, "PID \(pid) and \(other ?? 0) fit one root")
    }
    // The first process starts a `sleep` whenever the last one ends: it is no PID that was listed.
    let further = Set(processes).subtracting(owners.keys)
    #expect(further.count <= 1, "\(further.map { hex($0.rawValue) })")
    for (cpu, register) in guest.loadedRoots.enumerated() {
      let root = best.format.rootRegister.address(from: register)
      let kind = best.groups[0].roots.first { $0.root == root }?.kind
      // A processor with nothing to do keeps the root of whoever ran last, who may have exited since.
      let isIdle = cpu != guest.truth.userModeCPU && kind != nil
      #expect(kind == .process || kind == .userCopy || isIdle, "loaded root \(hex(root.rawValue))")
    }
    let master = try guest.masterRoot(memory)
    #expect(best.master == master, "true \(hex(master.rawValue))")
    let others = Dictionary(grouping: best.groups.flatMap(\.roots), by: \.kind.rawValue)
      .filter { $0.key != "process" && $0.key != "master" }.map { "\($0.value.count) \($0.key)" }.sorted()
    print(
      "roots \(guest.name): \(best.format.name), PIDs \(frames.count) found \(owners.count) further \(further.count),"
        + " master \(best.master.map { hex($0.rawValue) } ?? "none"), others \(others),"
        + " direct map \(best.directMap.map { hex($0.value) } ?? "none"),"
        + " other formats \(result.formats.dropFirst().map { "\($0.format.name) \($0.score)" }), \(time), one thread's pass over a GiB \(pass)"
    )
  }

  @Test(
    "a validator of the right format tells processes, the master and nothing else", arguments: Guest.built)
  func judges(_ guest: Guest) throws {
    let memory = try guest.kernelMemory()
    let best = try #require(RootScan(memory).run().best)
    let validator = try #require(RootValidator(best.format, in: memory))
    // Where the halves have roots of their own the kernel's is not judged by a process's constant.
    let offset = best.directMap?.value
    for root in best.groups[0].roots where root.kind == .process || root.kind == .userCopy {
      #expect(validator.judge(root.root, directMapOffset: offset)?.kind == root.kind)
      if root.directMap != nil {
        #expect(validator.judge(root.root, directMapOffset: (offset ?? 0) &+ 0x100_0000) == nil)
      }
    }
    #expect(validator.judge(try #require(best.master), directMapOffset: offset)?.kind == .master)
    // Every 97th page of RAM, and places that are no page: only roots pass.
    let known = Set(best.groups.flatMap(\.roots).map(\.root))
    var wrong: [String] = []
    var address = guest.ramBase
    while address < guest.ramBase + guest.truth.ram.sizeBytes {
      for candidate in [address, address + 32, address + 2048].map({ PhysicalAddress($0) }) {
        let kind = validator.judge(candidate, directMapOffset: offset)?.kind
        if kind == RootKind.process, !known.contains(candidate) {
          wrong.append(hex(candidate.rawValue))
        }
      }
      address += 97 << 12
    }
    #expect(wrong.isEmpty)
  }

  @Test("with pages missing, what is left is found and nothing is made up", arguments: Guest.built, [5, 20])
  func findsAroundHoles(_ guest: Guest, _ percent: UInt64) throws {
    let whole = try guest.kernelMemory()
    let truth = try #require(RootScan(whole).run().best)
    let holed = HoledMemory(base: whole.memory, percent: percent)
    let memory = KernelMemory(holed, ranges: whole.ranges)
    let result = RootScan(memory).run()
    // A table of the second level whose root is missing is a fine root of a space with a level less: then no
    // format stands apart.
    func isTrue(_ found: FormatRoots) -> Bool {
      "\(found.format.name)" == guest.truth.pagingFormat
        && found.format.virtualAddressBits == truth.format.virtualAddressBits
    }
    let found = result.formats.first(where: isTrue)
    let processes = Set(found?.processes.map(\.root) ?? [])
    let expected = Set(truth.processes.map(\.root))
    print(
      "roots \(guest.name) without \(percent) %: found \(processes.intersection(expected).count) of"
        + " \(expected.count), false \(processes.subtracting(expected).count), master"
        + " \(found?.master == truth.master), score \(result.formats.map { "\($0.format.name) \($0.score)" })"
    )
    #expect(processes.isSubset(of: expected))
    #expect(found?.master == nil || found?.master == truth.master)
    #expect(result.best.map(isTrue) ?? true)
    #expect(!result.gaps.isEmpty)
    // One missing table of the kernel's direct map can take the evidence from all processes at once.
    if percent == 5 { #expect(processes.count * 2 >= expected.count) }
  }

  /// How many of the pages the tables of `root` have where `pagemap` said they are.
  private func countMapped(
    _ pages: [(address: UInt64, frame: UInt64)], _ format: PagingFormat, _ root: PhysicalAddress,
    _ memory: KernelMemory
  ) -> Int {
    let walker = Walker(format: format, root: PageTableRoot(root))
    return pages.count { page in
      walker.translate(VirtualAddress(page.address), in: memory.memory).mapping?.physical.rawValue
        == page.frame << UInt64(format.pageSizeBits)
    }
  }
}

/// Memory of which some pages are missing, chosen by their number.
struct HoledMemory: PhysicalMemory {
  var base: any PhysicalMemory & Sendable
  var percent: UInt64

  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0, address.rawValue < 1 << 62 else { throw .unreadable }
    for page in address.rawValue >> 12...(address.rawValue + UInt64(count - 1)) >> 12 {
      // A multiplicative hash: neighbours fall apart.
      if (page &* 0x9e37_79b9_7f4a_7c15) >> 40 % 100 < percent { throw .excluded }
    }
    return try base.withBytes(at: address, count: count, body)
  }
}

func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
