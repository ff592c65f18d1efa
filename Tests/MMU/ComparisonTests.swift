import PageTableEditing
import PageTables
import QEMUOracle
import Testing

/// The walker and QEMU's memory management unit, over tables that our editor wrote.
@Suite("A real memory management unit")
struct ComparisonTests {
  private static let addressCount = 10_000
  private static let formats = ComparedFormat.all.filter { $0.executables.allSatisfy(\.isExpected) }

  @Test("agrees with the walker about tables as the editor writes them", arguments: formats)
  func tables(format: ComparedFormat) throws {
    try compare(format, isDamaged: false)
  }

  @Test("agrees with the walker about tables with bits flipped at random", arguments: formats)
  func damagedTables(format: ComparedFormat) throws {
    try compare(format, isDamaged: true)
  }

  private func compare(_ format: ComparedFormat, isDamaged: Bool) throws {
    let seed = SeededGenerator.testSeed
    var space = try RandomSpace.make(format.format, seed: seed)
    if isDamaged { try space.damage() }
    let addresses = space.addresses(count: Self.addressCount)
    let oracle = try format.oracle(space.image(), root: space.editor.root)
    let answers = try oracle.translate(addresses)
    oracle.close()

    var comparison = Comparison(format)
    let walker = space.editor.walker
    for (address, answer) in zip(addresses, answers) {
      comparison.add(walker.translate(VirtualAddress(address), in: space.memory), answer)
    }
    print(
      "\(format.name)\(isDamaged ? ", damaged" : ""): \(space.leaves.count) leaves of"
        + " \(space.editor.format.leafSizes.count) sizes, \(comparison.addressCount) addresses,"
        + " \(comparison.mappedCount) mapped, \(comparison.deniedCount) denied,"
        + " \(comparison.rejectedCount) rejected, \(comparison.uncheckedCount) unchecked, \(comparison.mismatches.count) mismatches")
    #expect(
      comparison.mismatches.isEmpty,
      """
      \(comparison.mismatches.count) of \(addresses.count) with PAGEWALK_TEST_SEED=\(seed), the first of them:
      \(comparison.mismatches.prefix(8).joined(separator: "\n"))
      """)
    #expect(comparison.addressCount >= Self.addressCount)
    #expect(comparison.mappedCount > Self.addressCount / 10)
  }
}
