import PageTables

/// Decodes the text of Valgrind's lackey (`--tool=lackey --trace-mem=yes`): a line an access.
///
/// `I  04001000,3` is a fetch, ` L 1ffeffe7e8,8` a read, ` S 1ffeffe7e8,8` a write, and ` M 04222ca8,4` a read
/// and a write of the same bytes (lackey/lk_main.c). The address is hexadecimal, the size decimal. Lines of
/// Valgrind's own (`==614== ...`, `--614-- ...`, `**614** ...`) and empty ones are passed over. Blanks before the
/// letter and the address may be more or fewer, as tools that filter such traces leave them.
struct LackeyDecoder: Sendable {
  /// The longest line of an access.
  private static let lineLimit = 64
  /// The number of the next line.
  private var line: UInt64 = 1

  /// What stands at a place of the text.
  private enum Finding {
    case record(TraceRecord.Kind, isModify: Bool, address: UInt64, byteCount: UInt16, lineByteCount: Int)
    case chatter
    case blank(Int)
    case malformed(at: Int, String)
  }

  static func recognizes(_ bytes: RawSpan) -> Bool {
    switch parse(bytes, at: 0) {
    case .record, .chatter: true
    case .blank, .malformed: false
    }
  }

  mutating func decode(
    _ input: inout TraceInput, into records: inout MutableSpan<TraceRecord>
  ) throws(TraceError) -> TraceCounts {
    var count = 0
    var counts = TraceCounts()
    while count <= records.count - 2 {
      let isWhole = try input.require(Self.lineLimit)
      guard input.available > 0 else { break }
      // Behind this place a line may be cut by the block's end.
      let last = isWhole ? input.available - Self.lineLimit : input.available - 1
      let room = records.count - 2
      let (used, finding) = input.withBytes { bytes in
        var offset = 0
        while offset <= last, count <= room {
          let finding = Self.parse(bytes, at: offset)
          guard case .record(let kind, let isModify, let address, let byteCount, let length) = finding else {
            return (offset, Finding?.some(finding))
          }
          records[count] = TraceRecord(address: address, byteCount: byteCount, kind: kind)
          count &+= 1
          counts.add(kind)
          if isModify {
            records[count] = TraceRecord(address: address, byteCount: byteCount, kind: .write)
            count &+= 1
            counts.add(.write)
          }
          line &+= 1
          offset &+= length
        }
        return (offset, nil)
      }
      input.advance(used)
      switch finding {
      case nil, .record: continue
      case .blank(let length):
        input.advance(length)
        line += 1
      case .chatter: try skipLine(&input)
      case .malformed(let at, let problem):
        // What came before it is given first; the next call finds it again.
        if count > 0 { return counts }
        throw TraceError(
          input.name, .line(line, column: at + 1), problem,
          advice: "keep the program's own output apart: valgrind --log-file=FILE")
      }
    }
    return counts
  }

  private mutating func skipLine(_ input: inout TraceInput) throws(TraceError) {
    while try input.require(1) {
      let (length, isEnd) = input.withBytes { bytes in
        for offset in 0..<bytes.byteCount where bytes.byte(offset) == 0x0a { return (offset + 1, true) }
        return (bytes.byteCount, false)
      }
      input.advance(length)
      if isEnd { break }
    }
    line += 1
  }

  /// - Parameter start: where a line begins, inside `bytes`.
  @inline(__always)
  private static func parse(_ bytes: RawSpan, at start: Int) -> Finding {
    var offset = start
    while bytes.byte(offset) == 0x20, offset &- start < lineLimit { offset &+= 1 }
    let kind: TraceRecord.Kind
    var isModify = false
    switch bytes.byte(offset) {
    case 0x49: kind = .fetch  // I
    case 0x4c: kind = .read  // L
    case 0x53: kind = .write  // S
    case 0x4d:  // M
      kind = .read
      isModify = true
    case 0x0a: return .blank(offset &- start &+ 1)
    case 0x0d where bytes.byte(offset &+ 1) == 0x0a: return .blank(offset &- start &+ 2)
    case let byte where byte == 0x3d || byte == 0x2d || byte == 0x2a:  // = - *
      if offset == start, bytes.byte(offset &+ 1) == byte { return .chatter }
      return .malformed(at: offset &- start, "neither an access nor a line of Valgrind's")
    default: return .malformed(at: offset &- start, "neither an access nor a line of Valgrind's")
    }
    offset &+= 1
    guard bytes.byte(offset) == 0x20 else {
      return .malformed(at: offset &- start, "a blank was expected after the kind of the access")
    }
    while bytes.byte(offset) == 0x20, offset &- start < lineLimit { offset &+= 1 }
    let (address, digitCount) = hexadecimal(bytes, at: offset)
    guard digitCount > 0 else {
      return .malformed(at: offset &- start, "a hexadecimal address was expected")
    }
    guard digitCount <= 16 else { return .malformed(at: offset &- start, "an address of more than 64 bits") }
    offset &+= digitCount
    guard bytes.byte(offset) == 0x2c else {
      return .malformed(at: offset &- start, "a comma was expected after the address")
    }
    offset &+= 1
    var byteCount: UInt64 = 0
    let sizeStart = offset
    while offset &- sizeStart < 5, case let digit = bytes.byte(offset) &- 0x30, digit < 10 {
      byteCount = byteCount &* 10 &+ UInt64(digit)
      offset &+= 1
    }
    guard byteCount >= 1, byteCount <= UInt64(TraceRecord.byteCountLimit) else {
      return .malformed(
        at: sizeStart &- start, "a size from 1 to \(TraceRecord.byteCountLimit) was expected")
    }
    if bytes.byte(offset) == 0x0d { offset &+= 1 }
    guard bytes.byte(offset) == 0x0a else {
      return .malformed(
        at: offset &- start,
        offset < bytes.byteCount
          ? "the line's end was expected after the size" : "the line has no end: the trace is cut off here")
    }
    return .record(
      kind, isModify: isModify, address: address, byteCount: UInt16(truncatingIfNeeded: byteCount),
      lineByteCount: offset &- start &+ 1)
  }

  /// The hexadecimal number at `offset`: its value and how many digits it has, at most 24 being counted.
  ///
  /// Eight characters are looked at together. A byte is a digit if it is 30 to 39, or if it is 41 to 46 or
  /// 61 to 66; sums that stay inside the bytes decide both.
  @inline(__always)
  private static func hexadecimal(_ bytes: RawSpan, at offset: Int) -> (value: UInt64, digitCount: Int) {
    var value: UInt64 = 0
    var total = 0
    while total < 24 {
      let text = bytes.paddedWord(offset &+ total)
      let count = leadingDigitCount(text)
      if count > 0 { value = value << UInt64(4 &* count) | number(text, digitCount: count) }
      total &+= count
      if count < 8 { break }
    }
    return (value, total)
  }

  @inline(__always)
  private static func leadingDigitCount(_ text: UInt64) -> Int {
    let low7 = text & 0x7f7f_7f7f_7f7f_7f7f
    let fromZero = low7 ^ 0x3030_3030_3030_3030
    let notDecimal = fromZero &+ 0x7676_7676_7676_7676
    let fromLetter = (low7 | 0x2020_2020_2020_2020) ^ 0x6060_6060_6060_6060
    let aboveF = fromLetter &+ 0x7979_7979_7979_7979
    let atLeastA = fromLetter &+ 0x7f7f_7f7f_7f7f_7f7f
    let isOther = (notDecimal & (aboveF | ~atLeastA) | text) & 0x8080_8080_8080_8080
    return isOther == 0 ? 8 : isOther.trailingZeroBitCount >> 3
  }

  /// The value of the first `digitCount` (1 to 8) characters.
  @inline(__always)
  private static func number(_ text: UInt64, digitCount: Int) -> UInt64 {
    // The last digit comes to the top byte; zeros stand for the digits that are missing.
    let aligned = text &<< UInt64(64 &- 8 &* digitCount)
    let digits = (aligned & 0x0f0f_0f0f_0f0f_0f0f) &+ 9 &* (aligned >> 6 & 0x0101_0101_0101_0101)
    // First digit in the lowest byte: turned round, neighbours are joined pair by pair.
    let turned = digits.byteSwapped
    let bytes = (turned | turned >> 4) & 0x00ff_00ff_00ff_00ff
    let halves = (bytes | bytes >> 8) & 0x0000_ffff_0000_ffff
    return (halves | halves >> 16) & 0xffff_ffff
  }
}
