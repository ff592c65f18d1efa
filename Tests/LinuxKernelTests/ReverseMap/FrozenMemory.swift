import PageTableEditing
import PageTables

/// Edited memory that nobody edits any more, so that several threads can read it.
final class FrozenMemory: PhysicalMemory, Sendable {
  private let memory: SparseMemory

  init(_ memory: consuming SparseMemory) { self.memory = memory }

  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    try memory.withBytes(at: address, count: count, body)
  }
}
