import PageTableEditing
import PageTables

extension ScenarioRunner {
  /// The word at a physical address; nil outside RAM.
  func word(at physical: UInt64) -> UInt64? {
    try? machine.memory.load(byteCount: wordByteCount, order: .little, at: PhysicalAddress(physical))
  }

  mutating func store(_ value: UInt64, at physical: UInt64) {
    let value = wordByteCount == 4 ? value & 0xffff_ffff : value
    // The address came from a translation: what it misses is not RAM, and takes no writes.
    try? machine.memory.store(
      entry: value, byteCount: wordByteCount, order: .little, at: PhysicalAddress(physical))
  }
}
