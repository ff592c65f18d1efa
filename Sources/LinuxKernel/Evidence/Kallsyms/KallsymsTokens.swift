import PageTables

/// The 256 strings that names are compressed with, and where they stand (Linux, scripts/kallsyms.c).
///
/// Characters that occur in names stand for themselves, among them the ten digits: so `0`, `1` ... `9` are
/// the tokens 48 to 57, and their bytes can be searched for.
struct KallsymsTokens: Sendable {
  /// The strings one after the other, each ended by a zero.
  let text: [UInt8]
  /// Where each of them begins.
  let starts: [Int]
  /// `kallsyms_token_table`.
  let table: UInt64
  /// `kallsyms_token_index`: 256 offsets of 2 bytes.
  let index: UInt64

  /// Where `kallsyms_token_index` ends.
  var end: UInt64 { index + 512 }

  /// What tables are aligned to, by architecture and era: words, or two to the power of the number in an old
  /// `.align` (arm, arm64).
  static let alignments: [UInt64] = [4, 8, 16, 256]

  /// Reads the tokens around the digits that stand at `digits`.
  init(around digits: PhysicalAddress, in memory: KernelMemory) throws(NotFound) {
    let anchor = digits.rawValue
    let reach = 16 << 10 as UInt64
    guard anchor >= reach, anchor < .max - 2 * reach else {
      throw NotFound("too close to the end of memory")
    }
    let stretch = MemoryStretch(memory, from: anchor - reach, to: anchor + reach)
    // The 208 tokens from `0` on, then the index that repeats where each of them begins.
    var upper: [UInt64] = []
    var place = anchor
    for _ in 48..<256 {
      upper.append(place - anchor)
      while let byte = stretch.word(at: place, byteCount: 1), byte != 0 { place += 1 }
      guard stretch.contains(place, count: 1) else { throw NotFound("the tokens run off or are missing") }
      place += 1
    }
    for index in Set(Self.alignments.map { place.aligned(to: $0) }).sorted() {
      let values = stretch.words(at: index, count: 256, byteCount: 2).compactMap(\.self)
      guard values.count == 256, values[0] == 0, stretch.isZero(place..<index) else { continue }
      guard zip(values, values.dropFirst()).allSatisfy(<), values[48] <= reach,
        (48..<256).allSatisfy({ values[$0] - values[48] == upper[$0 - 48] })
      else { continue }
      let table = anchor - values[48]
      guard stretch.contains(table, count: Int(place - table)) else { continue }
      let text = Array(stretch.bytes[Int(table - stretch.first)..<Int(place - stretch.first)])
      // Every offset is just behind a zero, and there are no other zeros: the lower 48 agree as well.
      guard values.dropFirst().allSatisfy({ text[Int($0) - 1] == 0 }), text.count(where: { $0 == 0 }) == 256
      else { continue }
      self.text = text
      self.starts = values.map { Int($0) }
      self.table = table
      self.index = index
      return
    }
    throw NotFound("no index of 256 tokens follows")
  }

  /// Why there is nothing at a place, as part of a sentence.
  struct NotFound: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }
}
