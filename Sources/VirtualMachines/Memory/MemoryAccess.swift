import PageTables

/// A way to a machine's RAM.
struct MemoryAccess {
  var memory: any PhysicalMemory & Sendable
  /// Which way it is, and why not a faster one.
  var notes: [String]
}
