import PageTables

/// Memory that somebody else writes to while it is read: lends copies, so that who looks twice at lent bytes sees the
/// same.
struct ChangingMemory<Base: PhysicalMemory & Sendable>: PhysicalMemory, Sendable {
  let base: Base

  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    try base.withBytes(at: address, count: count) { span in
      // Sound: the buffer has as many bytes as the span, is filled whole, and lives as long as it is lent. That the
      // source changes meanwhile can only mix its old bytes with its new ones.
      unsafe withUnsafeTemporaryAllocation(byteCount: span.byteCount, alignment: 16) { buffer in
        unsafe span.withUnsafeBytes { unsafe buffer.copyMemory(from: $0) }
        return body(unsafe UnsafeRawBufferPointer(buffer).bytes)
      }
    }
  }
}
