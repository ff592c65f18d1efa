import KernelLab
import LabWork
import PageTableEditing
import PageTables
import QEMUOracle
import TestMemory
import Testing

/// The lab's memory before a real memory management unit: what the simulated kernel wrote, it translates as
/// the walker does.
@Suite("A real memory management unit and the lab")
struct LabTests {
  private static let addressCount = 10_000

  /// A profile, and the unit that has its page tables.
  struct Case: Sendable, CustomTestStringConvertible {
    let profile: Profile
    let unit: ComparedFormat
    var testDescription: String { "lab \(profile.name)" }
  }

  private static let cases: [Case] = Profile.all.compactMap { profile in
    let unit = ComparedFormat.all.first { unit in
      unit.format.name.description == profile.format.name.description
        && unit.format.regions.elements.map(\.last) == profile.format.regions.elements.map(\.last)
    }
    guard let unit else {
      print("skipped: lab \(profile.name): QEMU has no unit to compare with here")
      return nil
    }
    guard unit.executable.isExpected else {
      print("skipped: lab \(profile.name): \(unit.executable.missing)")
      return nil
    }
    return Case(profile: profile, unit: unit)
  }

  @Test("agree on every process's addresses and the kernel's", arguments: cases)
  func agrees(_ example: Case) throws {
    // Little RAM: the unit gets it as a file.
    var profile = example.profile
    profile.ramByteCount = 128 << 20
    var machine = try Machine.boot(profile)
    var work = RandomWork(seed: TestMemory.SeededGenerator.testSeed, profile: profile)
    try work.run(400, on: &machine) { _, _ in }
    var comparison = Comparison(example.unit)
    let spaces = machine.liveSpaces.prefix(2)
    var image = try image(machine.memory)
    if !profile.image.isProtected, profile.architecture == .arm { stopExecution(in: &image, machine) }
    for root in spaces.map(\.root) + [machine.kernel.root] {
      let walker = Walker(format: example.profile.format, root: root)
      let oracle = try example.unit.oracle(image, root: root)
      defer { oracle.close() }
      let addresses = addresses(walker, machine, count: Self.addressCount / (spaces.count + 1) + 1)
      for (address, answer) in zip(addresses, try oracle.translate(addresses)) {
        comparison.add(walker.translate(VirtualAddress(address), in: machine.memory), answer)
      }
    }
    print("lab \(example.profile.name): \(spaces.count) spaces, \(comparison)")
    #expect(comparison.mismatches.prefix(8) == [])
    #expect(comparison.addressCount >= Self.addressCount)
    #expect(comparison.mappedCount > Self.addressCount / 20)
  }

  /// The edges of every mapped range, from inside and from outside; and addresses anywhere near them.
  private func addresses(
    _ walker: Walker<PagingFormat>, _ machine: borrowing Machine, count: Int
  ) -> [UInt64] {
    var generator = TestMemory.SeededGenerator(seed: TestMemory.SeededGenerator.testSeed)
    let highest: UInt64 = walker.format.addressBits == 32 ? 0xffff_ffff : .max
    let mapped = walker.ranges(in: machine.memory).filter { $0.mapping != nil }
    var addresses = mapped.flatMap { range in
      [
        range.first.rawValue, range.last.rawValue, (range.first.rawValue &- 1) & highest,
        (range.last.rawValue &+ 1) & highest,
      ]
    }
    while addresses.count < count {
      guard let range = mapped.randomElement(using: &generator) else { break }
      addresses.append(.random(in: range.first.rawValue...range.last.rawValue, using: &generator))
      addresses.append(
        range.first.rawValue ^ 1
          << UInt64.random(in: 0..<UInt64(walker.format.addressBits), using: &generator))
    }
    return addresses
  }

  /// Where all RAM can be executed, whoever jumps into it goes on through zeros, which are instructions that do
  /// nothing, to its end. So every page that is no table begins with an undefined instruction.
  private func stopExecution(in image: inout RAMImage, _ machine: borrowing Machine) {
    let first = machine.frames.firstFrame
    for frame in first..<first + UInt64(machine.frames.frameCount) {
      switch machine.frames.descriptor(of: frame)?.kind {
      case .pageTable, .reserved, .kernel, nil: continue
      default: image.write(0xe7f0_00f0 as UInt32, at: frame << machine.pageSizeBits)  // UDF
      }
    }
  }

  private func image(_ memory: borrowing SparseMemory) throws -> RAMImage {
    let end = memory.base.rawValue + UInt64(memory.byteCount)
    // The unit's own code lies behind the machine's RAM.
    var image = RAMImage(sizeBytes: end + 2 * RAMImage.scratchSizeBytes)
    for chunk in memory.chunks() {
      let bytes = try memory.withBytes(at: chunk.address, count: chunk.byteCount) { bytes in
        bytes.byteOffsets.map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
      }
      image.write(bytes, at: chunk.address.rawValue)
    }
    return image
  }
}
