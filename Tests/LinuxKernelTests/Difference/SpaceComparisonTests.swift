import PageTableEditing
import PageTables
import Testing

@testable import LinuxKernel

@Suite("Two address spaces compared")
struct SpaceComparisonTests {
  private let userData: Access = [.kernelRead, .kernelWrite, .userRead, .userWrite]

  private func differences(
    _ system: SmallSystem, _ before: PageTableRoot, _ after: PageTableRoot, window: Int = 1 << 16
  ) -> [SpaceDifference] {
    var found: [SpaceDifference] = []
    SpaceComparison(format: system.format.paging, before: before, after: after, windowLimit: window)
      .forEachDifference(in: system, and: system) { found.append($0) }
    return found
  }

  /// Two processes that differ in every way.
  private func differing() throws -> SmallSystem {
    let system = try SmallSystem()
    try system.mapRange(system.second, 0x80_0000, to: 0x340_0000, byteCount: 0x3000, userData, largest: 12)
    try system.mapRange(system.first, 0x90_0000, to: 0x340_0000, byteCount: 0x3000, userData, largest: 12)
    try system.remap(system.second, 0x40_2000, to: 0x320_2000, byteCount: 0x2000, userData)
    let large: UInt64 = 0x10_0000_0000
    try system.mapRange(system.first, large, to: 0x380_0000, byteCount: 2 << 20, userData)
    try system.mapRange(system.second, large, to: 0x380_0000, byteCount: 2 << 20, userData, largest: 12)
    // The special bit in one page.
    try system.mapRange(system.first, 0xa0_0000, to: 0x340_0000, byteCount: 0x1000, userData)
    try system.mapRange(system.second, 0xa0_0000, to: 0x340_0000, byteCount: 0x1000, userData)
    let place = system.entryAddress(system.second, 0xa0_0000, depth: 3)
    try system.store(try system.memory.load(byteCount: 8, order: .little, at: place) | 0x200, at: place)
    return system
  }

  @Test("each difference is told once, as what it is")
  func kinds() throws {
    let system = try differing()
    let found = differences(system, system.first.root, system.second.root)
    func line(_ difference: SpaceDifference) -> String {
      let first = String(difference.first.rawValue, radix: 16)
      return "\(first)-\(String(difference.last.rawValue, radix: 16)) \(difference.aspects.rawValue)"
    }
    #expect(
      found.map(line) == [
        "402000-403fff \(SpaceDifference.Aspects.access.rawValue)",
        "600000-607fff \(SpaceDifference.Aspects.frame.rawValue)",
        "800000-802fff \(SpaceDifference.Aspects.mapped.rawValue)",
        "900000-902fff \(SpaceDifference.Aspects.unmapped.rawValue)",
        "a00000-a00fff \(SpaceDifference.Aspects.flags.rawValue)",
        "1000000000-10001fffff \(SpaceDifference.Aspects.pageSize.rawValue)",
      ])
  }

  @Test("a space does not differ from itself, and accessed and dirty bits are no difference")
  func same() throws {
    let system = try SmallSystem()
    #expect(differences(system, system.first.root, system.first.root).isEmpty)
    let place = system.entryAddress(system.first, 0x40_0000, depth: 3)
    let entry = try system.memory.load(byteCount: 8, order: .little, at: place)
    try system.store(entry & ~0x20, at: place)
    #expect(
      differences(system, system.first.root, system.second.root).map(\.first.rawValue) == [0x60_0000])
  }

  @Test("exchanged spaces give the mirrored differences")
  func mirrored() throws {
    let system = try differing()
    let forth = differences(system, system.first.root, system.second.root)
    let back = differences(system, system.second.root, system.first.root)
    #expect(forth.map(\.mirrored) == back)
    #expect(forth.map(\.mirrored.mirrored) == forth)
  }

  @Test("windows of any size give the same differences", arguments: [1, 2, 3, 7, 50])
  func windows(_ limit: Int) throws {
    let system = try differing()
    #expect(
      differences(system, system.first.root, system.second.root, window: limit)
        == differences(system, system.first.root, system.second.root))
  }

  @Test("between the differences the spaces agree, page by page")
  func agreement() throws {
    let system = try differing()
    let found = differences(system, system.first.root, system.second.root)
    for page in UInt64(0)..<0x1000 {
      let address = VirtualAddress(page << 12)
      let left = system.first.walker.translate(address, in: system).mapping
      let right = system.second.walker.translate(address, in: system).mapping
      let isTold = found.contains { $0.first <= address && address <= $0.last && $0.aspects != .flags }
      #expect((left != right) == isTold, "\(address)")
    }
  }

  @Test("forged tables end as a partial comparison")
  func hostile() throws {
    let system = try SmallSystem()
    let frame: UInt64 = 0x3a0_0000
    for index in UInt64(0)..<512 { try system.store(frame | 0x67, at: PhysicalAddress(frame + index * 8)) }
    try system.store(frame | 0x67, at: system.first.root.lower.advanced(byBytes: 8 * 100))
    var count = 0
    let isComplete = SpaceComparison(
      format: system.format.paging, before: system.first.root, after: system.second.root
    ).forEachDifference(in: system, and: system) { _ in count += 1 }
    #expect(!isComplete)
    #expect(count > 0)
  }
}
