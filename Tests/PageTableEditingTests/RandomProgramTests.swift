import PageTableEditing
import PageTables
import TestMemory
import Testing

@Suite("Random programs")
struct RandomProgramTests {
  /// One operation, with all that it needs: a program is replayed from any prefix.
  enum Operation {
    case map(UInt64, Model.Leaf)
    case unmap(UInt64, byteCount: UInt64)
    case protect(UInt64, byteCount: UInt64, Access)
    case freeTables(UInt64, byteCount: UInt64)
  }

  private static let operationCount = 2000

  /// A program whose addresses crowd together, so that its operations meet.
  private func program(_ test: FormatCase, seed: UInt64) -> [Operation] {
    var random = SeededGenerator(seed: seed)
    let sizes = test.format.leafSizes.filter { $0 <= 31 }
    // Rights that every size can express.
    let accesses = test.accesses.filter { access in
      sizes.allSatisfy { test.format.canExpress(access, sizeBits: $0) }
    }
    let regions = (0..<test.format.paging.regionCount).map { test.format.paging.region($0) }
    return (0..<Self.operationCount).map { _ in
      let region = regions.randomElement(using: &random) ?? regions[0]
      let possible = sizes.filter { size in
        test.format.kinds.contains { $0.sizeBits == size && $0.depth >= Int(region.firstDepth) }
      }
      let sizeBits = possible.randomElement(using: &random) ?? test.pageSizeBits
      let size: UInt64 = 1 << UInt64(sizeBits)
      let window = min((region.last.rawValue - region.first.rawValue) / 2, 1 << 33)
      // Few distinct places a size: page 0 to 9 of a window, at the start or the middle of it.
      let place = UInt64.random(in: 0..<10, using: &random) * size
      let start = region.first.rawValue + (place + (Bool.random(using: &random) ? window / 2 : 0)) % window
      let address = start & ~(size - 1)
      let access = accesses.randomElement(using: &random) ?? .none
      switch UInt64.random(in: 0..<10, using: &random) {
      case 0..<6:
        let target = random.next() & 0xffff_ffff & ~(size - 1)
        return .map(address, Model.Leaf(target: target, sizeBits: sizeBits, access: access))
      case 6..<8: return .unmap(address, byteCount: size)
      case 8: return .protect(address, byteCount: size, access)
      default: return .freeTables(address, byteCount: size)
      }
    }
  }

  /// Runs a program; gives the number of the operation after which model and tables differ, and how.
  private func firstDifference(
    _ program: ArraySlice<Operation>, _ test: FormatCase, doneCount: inout Int
  ) throws -> (Int, String)? {
    let bench = try Bench(test.format)
    var model = Model()
    var touched: [UInt64] = []
    for (number, operation) in program.enumerated() {
      if let difference = apply(operation, bench, &model, &touched, &doneCount, test) {
        return (number, difference)
      }
      // All places at the end, those of the operation after each.
      let probes = number + 1 == program.count ? touched[...] : touched.suffix(3)
      for address in probes {
        if let difference = compare(address, bench, model, test) { return (number, difference) }
      }
    }
    return nil
  }

  private func apply(
    _ operation: Operation, _ bench: Bench, _ model: inout Model, _ touched: inout [UInt64],
    _ doneCount: inout Int, _ test: FormatCase
  ) -> String? {
    let editor = bench.editor
    var refusal: EditError?
    var mayBeRefused = false
    var mustBeRefused = false
    do throws(EditError) {
      switch operation {
      case .map(let address, let leaf):
        touched += [address, address + leaf.size - 1, address + leaf.size / 2]
        mustBeRefused = model.overlaps(address, byteCount: leaf.size)
        // An empty table may still be where the page should be.
        mayBeRefused = true
        try bench.map(
          address, to: leaf.target, sizeBits: leaf.sizeBits, access: leaf.access,
          attributes: EntryAttributes(isDirty: true))
        model.map(address, leaf)
      case .unmap(let address, let byteCount):
        touched += [address, address + byteCount - 1]
        mustBeRefused = model.cuts(address, byteCount: byteCount)
        try bench.unmap(address, byteCount: byteCount)
        model.unmap(address, byteCount: byteCount)
      case .protect(let address, let byteCount, let access):
        touched += [address, address + byteCount - 1]
        mustBeRefused = model.cuts(address, byteCount: byteCount)
        try editor.protect(VirtualAddress(address), byteCount: byteCount, access: access, in: &bench.memory)
        model.protect(address, byteCount: byteCount, access: access)
      case .freeTables(let address, let byteCount):
        try editor.freeEmptyTables(
          VirtualAddress(address), byteCount: byteCount, in: &bench.memory, frames: &bench.frames)
      }
    } catch { refusal = error }
    if let refusal {
      if mustBeRefused { return nil }
      return mayBeRefused && refusal.problem == .tableInTheWay ? nil : "\(operation): refused: \(refusal)"
    }
    doneCount += 1
    return mustBeRefused ? "\(operation): should have been refused" : nil
  }

  private func compare(_ address: UInt64, _ bench: Bench, _ model: Model, _ test: FormatCase) -> String? {
    let found = bench.mapping(at: address)
    guard let (start, leaf) = model.leaf(at: address, sizes: test.format.leafSizes) else {
      return found == nil ? nil : "\(String(address, radix: 16)) should not be mapped"
    }
    let expected = Translation.Mapping(
      physical: PhysicalAddress(leaf.target + (address - start)), pageSizeBits: leaf.sizeBits,
      access: leaf.access)
    return found == expected
      ? nil : "\(String(address, radix: 16)): \(String(describing: found)), not \(expected)"
  }

  @Test(
    "tables and a dictionary agree after every operation", arguments: FormatCase.allShapes,
    [1, 2] as [UInt64])
  func agree(_ test: FormatCase, seed: UInt64) throws {
    let program = program(test, seed: seed)
    var doneCount = 0
    guard let (number, difference) = try firstDifference(program[...], test, doneCount: &doneCount) else {
      // A program of which most is refused would show little.
      #expect(doneCount > Self.operationCount / 2)
      return
    }
    // Differences at the end may be older: the shortest prefix that shows one.
    var shortest = number + 1
    for length in stride(from: 1, through: shortest, by: 1) {
      if try firstDifference(program[..<length], test, doneCount: &doneCount) != nil {
        shortest = length
        break
      }
    }
    Issue.record(
      """
      \(test.testDescription), seed \(seed), the first \(shortest) operations: \(difference); \
      the last is \(program[shortest - 1])
      """
    )
  }
}
