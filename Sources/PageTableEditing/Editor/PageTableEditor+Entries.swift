public import PageTables

extension PageTableEditor {
  /// The raw entry for `address` at `depth`; the tables above it must be there.
  public func entry<Memory: WritableMemory & ~Copyable>(
    at depth: Int, for address: VirtualAddress, in memory: borrowing Memory
  ) throws(EditError) -> UInt64 {
    let location = try locate(address, depth: depth, in: memory)
    return try load(location, address: address, in: memory)
  }

  /// Writes the raw entry for `address` at `depth`, whatever it says and whatever was there: for tests and
  /// for what no other operation can say. The tables above it must be there.
  ///
  /// Linux's own entry, where there is one, is left as it is.
  public func setEntry<Memory: WritableMemory & ~Copyable>(
    _ entry: UInt64, at depth: Int, for address: VirtualAddress, in memory: inout Memory
  ) throws(EditError) {
    let location = try locate(address, depth: depth, in: memory)
    try store(entry, at: location, address: address, in: &memory)
  }
}
