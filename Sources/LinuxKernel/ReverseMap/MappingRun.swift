/// Neighbouring leaves of one table that map neighbouring frames: 12 bytes, whatever their number.
///
/// A run belongs to a table, not to an address: a table that many processes share is stored once, and who
/// reaches it is the ``TableGraph``'s to say. Fields: 44 bits of frame number, 24 bits of table number, 14
/// bits each for the first entry and for the number of further ones.
struct MappingRun: Sendable, BitwiseCopyable {
  private var high: UInt32
  private var middle: UInt32
  private var low: UInt32

  /// RISC-V's 44 bits are the widest frame numbers of the catalogue.
  static let frameLimit: UInt64 = 1 << 44
  static let tableLimit = 1 << 24
  /// No table of the catalogue has more than 8192 entries.
  static let entryLimit = 1 << 14

  /// A run, or nil if a number is too large.
  ///
  /// - Parameters:
  ///   - frame: the first frame, in units of the format's smallest page.
  ///   - table: the table's number in the graph.
  ///   - firstIndex: the first entry.
  ///   - count: how many entries, at least 1.
  init?(frame: UInt64, table: Int, firstIndex: Int, count: Int) {
    guard frame < Self.frameLimit, (0..<Self.tableLimit).contains(table),
      (0..<Self.entryLimit).contains(firstIndex), (1...Self.entryLimit).contains(count)
    else { return nil }
    let table = UInt32(table)
    high = UInt32(frame >> 12)
    middle = UInt32(frame & 0xfff) << 20 | table >> 4
    low = (table & 0xf) << 28 | UInt32(firstIndex) << 14 | UInt32(count - 1)
  }

  var frame: UInt64 { UInt64(high) &<< 12 | UInt64(middle &>> 20) }
  var table: Int { Int((middle & 0xf_ffff) &<< 4 | low &>> 28) }
  var firstIndex: Int { Int(low &>> 14 & 0x3fff) }
  var count: Int { Int(low & 0x3fff) &+ 1 }
}
