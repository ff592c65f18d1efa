import PageTableEditing
import QEMUOracle
import TestMemory
import Testing

@testable import PageTables

/// The walker and QEMU's memory management unit, over tables that our editor wrote.
@Suite("A real memory management unit")
struct ComparisonTests {
  private static let addressCount = 10_000

  /// The formats whose QEMU is there; the others are named.
  private static let formats = ComparedFormat.all.filter { format in
    if !format.executable.isExpected { print("skipped: \(format.name): \(format.executable.missing)") }
    return format.executable.isExpected
  }

  @Test("agrees with the walker about tables as the editor writes them", arguments: formats)
  func tables(format: ComparedFormat) throws {
    try compare(format, isDamaged: false)
  }

  @Test("agrees with the walker about tables with bits flipped at random", arguments: formats)
  func damagedTables(format: ComparedFormat) throws {
    try compare(format, isDamaged: true)
  }

  @Test("notices a walker that forgets a right", .needs(.x86))
  func forgetfulWalker() throws {
    let format = try #require(ComparedFormat.all.first { $0.name == "x86-64" })
    var forgetful = format.format
    forgetful.accessTables[0] = .unrestricted
    let comparison = try compared(format, isDamaged: false, walking: forgetful)
    #expect(!comparison.mismatches.isEmpty)
  }

  private func compare(_ format: ComparedFormat, isDamaged: Bool) throws {
    let comparison = try compared(format, isDamaged: isDamaged, walking: format.format)
    print("\(format.name)\(isDamaged ? ", damaged" : ""): \(comparison)")
    #expect(
      comparison.mismatches.isEmpty,
      """
      with PAGEWALK_TEST_SEED=\(SeededGenerator.testSeed), the first of them:
      \(comparison.mismatches.prefix(8).joined(separator: "\n"))
      """)
    #expect(comparison.addressCount >= Self.addressCount)
    #expect(comparison.mappedCount > Self.addressCount / 10)
  }

  /// Asks both about the same addresses of a new space.
  private func compared(
    _ format: ComparedFormat, isDamaged: Bool, walking walked: PagingFormat
  ) throws -> Comparison {
    var space = try RandomSpace.make(format.format, seed: SeededGenerator.testSeed)
    if isDamaged { try space.damage() }
    let addresses = space.addresses(count: Self.addressCount)
    let oracle = try format.oracle(space.image(), root: space.editor.root)
    defer { oracle.close() }
    let walker = Walker(format: walked, root: space.editor.root)
    var comparison = Comparison(format)
    for (address, answer) in zip(addresses, try oracle.translate(addresses)) {
      comparison.add(walker.translate(VirtualAddress(address), in: space.memory), answer)
    }
    return comparison
  }
}
