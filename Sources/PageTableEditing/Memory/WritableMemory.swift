public import PageTables

/// Physical memory that can be written: what an editor of page tables needs beside reading.
///
/// There is one added requirement, the counterpart of `PhysicalMemory.withBytes(at:count:_:)`, with the
/// same contract: exactly `count` bytes or a reason, and never a trap, whatever `address` and `count` are.
public protocol WritableMemory: PhysicalMemory, ~Copyable {
  /// Lends the `count` bytes that start at `address` to `body`, to be changed; returns what `body` returns.
  ///
  /// - Parameters:
  ///   - address: the first byte; any value.
  ///   - count: how many bytes; zero and negative counts are answered with `MemoryFault.unreadable`.
  ///   - body: called at most once, before this function returns.
  /// - Throws: the reason, if any of the bytes cannot be had; then nothing was written.
  mutating func withMutableBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (inout MutableRawSpan) -> Answer
  ) throws(MemoryFault) -> Answer
}
