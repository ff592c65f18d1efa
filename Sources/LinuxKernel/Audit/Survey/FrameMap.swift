import PageTables

/// The marks of each frame of RAM.
struct FrameMap {
  private let table: FrameTable<UInt8>

  init(_ ram: [RAMRange], frameBits: UInt8) {
    table = FrameTable(ram, frameBits: frameBits)
  }

  /// Whether all RAM is covered, and nothing was left unmarked.
  var isComplete: Bool { table.isComplete }

  /// Adds marks to the frames of `byteCount` bytes at `address`, as far as they are RAM.
  func insert(_ added: FrameMarks, at address: PhysicalAddress, byteCount: UInt64) {
    guard !added.isEmpty else { return }
    table.update(at: address, byteCount: byteCount) { $0 |= added.rawValue }
  }

  /// Cuts `byteCount` bytes at `address` into runs of frames with equal marks, nil outside RAM.
  func forEachRun(
    at address: PhysicalAddress, byteCount: UInt64,
    _ body: (_ offset: UInt64, _ byteCount: UInt64, _ marks: FrameMarks?) -> Void
  ) {
    table.forEachRun(at: address, byteCount: byteCount) { body($0, $1, $2.map(FrameMarks.init)) }
  }

  /// How many frames up to that of `last` have all of `wanted` and none of `unwanted`.
  func count(of wanted: FrameMarks, without unwanted: FrameMarks, through last: PhysicalAddress) -> Int {
    let mask = wanted.union(unwanted).rawValue
    return table.count(through: last) { $0 & mask == wanted.rawValue }
  }
}
