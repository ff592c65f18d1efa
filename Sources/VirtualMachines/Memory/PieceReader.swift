import PageTables

/// Reads from where a machine's memory is kept.
protocol PieceReader: Sendable {
  /// Fills `buffer` with the bytes at `position`.
  func read(at position: UInt64, into buffer: inout [UInt8], range: Range<Int>) throws(MemoryFault)
}
