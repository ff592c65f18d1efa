import PageTables
import Testing

@testable import KernelLab

/// What real guests showed after a late 8 MiB vmalloc (dumps of QEMU guests with Debian's kernels): which
/// processes lacked which first-level entries.
@Suite("One workload on all machines")
struct LabMatrixTests {
  struct Story: CustomTestStringConvertible {
    var profile: Profile
    /// First-level entries that a process lacks that slept, and that ran since.
    var slept: Int
    var ran: Int

    var testDescription: String { profile.name }
  }

  static func story(_ profile: Profile, release: (UInt16, UInt16)? = nil, slept: Int, ran: Int) -> Story {
    var profile = profile
    if let release { profile.release = .init(release.0, release.1) }
    return Story(profile: profile, slept: slept, ran: ran)
  }

  static let stories: [Story] = [
    // All lack the same eight entries, whether they ran since or not.
    story(.armLinux5v10, slept: 8, ran: 8),
    // Only those lack them that slept.
    story(.arm, slept: 8, ran: 0),
    // The first-level entry is shared.
    story(.armLPAE, slept: 0, ran: 0),
    story(.i386, release: (5, 10), slept: 0, ran: 0),
    story(.i386, slept: 0, ran: 0),
    story(.i386PAE, slept: 0, ran: 0),
    story(.i386PAEIsolated, slept: 0, ran: 0),
    story(.x86_64, release: (5, 10), slept: 0, ran: 0),
    story(.x86_64, slept: 0, ran: 0),
    story(.x86_64LA57, slept: 0, ran: 0),
    story(.x86_64Isolated, slept: 0, ran: 0),
    story(.riscv64, slept: 0, ran: 0),
    story(.arm64, slept: 0, ran: 0),
  ]

  @Test("the lab's processes lack what real ones lacked", arguments: stories)
  func realGuests(_ story: Story) throws {
    let row = try LabMatrix.run(story.profile, LabWorkload(processCount: 10, sleeperCount: 5))
    #expect(row.processes.count == 11)
    for process in row.processes {
      switch process.role {
      case .slept: #expect(process.missingAfterRunning.count == story.slept)
      case .ran: #expect(process.missingAfterRunning.count == story.ran)
      // Made later, it has all.
      case .late: #expect(process.missingAfterRunning.isEmpty)
      }
    }
    // Who lacks entries, lacks the same ones.
    let lists = Set(row.processes.map(\.missingAfterRunning).filter { !$0.isEmpty })
    #expect(lists.count <= 1)
    #expect(row.oopsCount == 0)
    #expect(row.staleCountAtEnd == 0)
    #expect(row.inconsistencies.isEmpty)
  }

  @Test("each policy pays in its own way")
  func policies() throws {
    let matrix = LabMatrix()
    #expect(matrix.failures.isEmpty)
    #expect(matrix.rows.count == Profile.all.count)
    for row in matrix.rows {
      #expect(row.oopsCount == 0, "\(row.profile)")
      #expect(row.inconsistencies.isEmpty, "\(row.profile)")
      switch row.policy {
      case .shared, .preallocated:
        #expect(
          row.faultCount == 0 && row.topLevelWriteCount == 0 && row.staleCountAtFirst == 0, "\(row.profile)")
        #expect(row.changedMasterEntryCount == 0, "\(row.profile)")
      case .lazy:
        // A late area under an entry that was there before the processes needs nothing: 8 MiB of 512 GiB.
        #expect((row.faultCount > 0) == (row.changedMasterEntryCount > 0), "\(row.profile)")
        #expect(row.synchronisedEntryCount == 0, "\(row.profile)")
        #expect(row.faultedEntryCount == UInt64(row.staleCountAtFirst), "\(row.profile)")
      case .eager, .eagerAndFault:
        #expect(row.faultCount == 0 && row.staleCountAtFirst == 0, "\(row.profile)")
      case .lazyAndSwitch:
        #expect(row.topLevelWriteCount == UInt64(row.staleCountAtFirst), "\(row.profile)")
      }
    }
  }

  /// What six processes, three of them asleep, and a late one cost.
  struct Cost: CustomTestStringConvertible {
    var profile: Profile
    var faults: UInt64
    var writes: UInt64
    var visits: UInt64
    var stale: [Int]

    var testDescription: String { profile.name }
  }

  static let costs: [Cost] = [
    // Two entries for six processes: each faults for each.
    Cost(profile: .i386Linux5v7, faults: 12, writes: 12, visits: 0, stale: [12, 12, 0]),
    // Three entries serve the area; two of them are new.
    Cost(profile: .i386Linux5v8, faults: 0, writes: 12, visits: 18, stale: [0, 0, 0]),
    Cost(profile: .i386, faults: 0, writes: 12, visits: 18, stale: [0, 0, 0]),
    // Pairs: four for eight entries. Each process is looked at once, when it runs.
    Cost(profile: .arm, faults: 0, writes: 48, visits: 6, stale: [48, 24, 0]),
    Cost(profile: .armLinux5v10, faults: 24, writes: 48, visits: 0, stale: [48, 48, 0]),
    Cost(profile: .x86_64, faults: 0, writes: 0, visits: 0, stale: [0, 0, 0]),
  ]

  @Test("faults, writes and visits are counted exactly", arguments: costs)
  func exact(_ cost: Cost) throws {
    let row = try LabMatrix.run(cost.profile, LabWorkload())
    #expect(row.faultCount == cost.faults)
    #expect(row.topLevelWriteCount == cost.writes)
    #expect(row.visitedRootCount == cost.visits)
    #expect([row.staleCountAtFirst, row.staleCountAfterRunning, row.staleCountAtEnd] == cost.stale)
    #expect(try LabMatrix.run(cost.profile, LabWorkload()) == row)
  }

  @Test("a machine that cannot be is said, and the others go on")
  func failure() {
    var broken = Profile.i386
    broken.name = "broken"
    broken.cpuCount = 0
    let matrix = LabMatrix([broken, .i386])
    #expect(matrix.rows.map(\.profile) == ["i386"])
    #expect(matrix.failures.map(\.profile) == ["broken"])
    #expect(LabMatrix([.i386], workload: LabWorkload(processCount: 0)).failures.count == 1)
  }
}
