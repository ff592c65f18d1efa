import PageTableEditing
import PageTables

/// Memory that was written before, as a value that can be passed around.
final class Snapshot: PhysicalMemory, Sendable {
  private let memory: SparseMemory

  init(_ memory: consuming SparseMemory) { self.memory = memory }

  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    try memory.withBytes(at: address, count: count, body)
  }
}
