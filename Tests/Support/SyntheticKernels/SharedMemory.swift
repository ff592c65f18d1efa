public import PageTableEditing
public import PageTables

/// Sparse memory that is written no more, for any number of readers.
public final class SharedMemory: PhysicalMemory, Sendable {
  private let memory: SparseMemory

  public init(_ memory: consuming SparseMemory) { self.memory = memory }

  public borrowing func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    try memory.withBytes(at: address, count: count, body)
  }
}
