import PageTables

/// One table as a grid of its entries: what each is, in a letter.
struct TablePicture: Encodable {
  var level: String
  var architectureName: String
  var table: JSONAddress
  var entrySizeBytes: Int
  /// The address that entry 0 translates.
  var base: JSONAddress
  /// What one entry spans, in bytes.
  var spanBytes: UInt64
  /// The entry that the walk uses.
  var used: UInt64
  /// One letter an entry: `.` absent, `t` table, `l` leaf, `h` huge leaf, `s` not present with a meaning,
  /// `x` invalid, `?` unreadable.
  var classes: String

  /// No format of the catalogue has larger tables.
  static let entryLimit = 8192

  /// The table that the walk of `address` reads at `level`.
  ///
  /// - Parameter level: Linux's name.
  init(
    _ address: VirtualAddress, level: String, in space: AddressSpace, of source: Source
  ) throws(ExplorerError) {
    let format = space.format
    let steps = space.walker.translate(address, in: source.memory).steps.elements
    guard let step = steps.first(where: { "\(format.level($0.depth).name)" == level }) else {
      let names = steps.map { "\(format.level($0.depth).name)" }
      throw ExplorerError(
        .notFound,
        "the walk of \(prefixedHexadecimal(address.rawValue)) reads no table at level '\(level.prefix(20))'"
          + (names.isEmpty
            ? "; the address is not canonical" : "; it reads: \(names.joined(separator: ", "))"))
    }
    let depth = step.depth
    let form = format.level(depth)
    let region = format.region(of: address)
    let isFirst = region.map { Int($0.firstDepth) == depth } ?? false
    let indexBits = UInt64(isFirst ? region?.firstIndexBits ?? form.indexBits : form.indexBits)
    let shift = UInt64(form.shift)
    self.level = level
    architectureName = "\(form.architectureName)"
    table = JSONAddress(step.table.rawValue)
    entrySizeBytes = Int(form.entryByteCount)
    base = JSONAddress(address.rawValue & ~((1 &<< (shift + indexBits)) &- 1))
    spanBytes = 1 << shift
    used = step.index
    classes = Self.classes(
      of: step.table, count: min(1 << Int(indexBits), Self.entryLimit), depth: depth, format: format,
      memory: source.memory)
  }

  private static func classes(
    of table: PhysicalAddress, count: Int, depth: Int, format: PagingFormat,
    memory: any PhysicalMemory & Sendable
  ) -> String {
    let size = Int(format.level(depth).entryByteCount)
    // A table may be larger than what a source can lend at once: a page at a time.
    let pageCount = max(1, 4096 / size)
    let level = format.level(depth)
    var letters: [UInt8] = []
    for first in stride(from: 0, to: count, by: pageCount) {
      let wanted = min(pageCount, count - first)
      let place = table.advanced(byBytes: UInt64(first * size))
      let page = try? memory.withBytes(at: place, count: wanted * size) { bytes in
        (0..<wanted).map { index in
          let entry = bytes.entry(atByteOffset: index * size, byteCount: size, order: format.byteOrder)
          return entry.map { letter(of: $0, level: level, depth: depth, format: format) } ?? UInt8(ascii: "?")
        }
      }
      letters += page ?? [UInt8](repeating: UInt8(ascii: "?"), count: wanted)
    }
    return String(decoding: letters, as: UTF8.self)
  }

  private static func letter(of entry: UInt64, level: Level, depth: Int, format: PagingFormat) -> UInt8 {
    let rule = level.rule(for: entry).rule
    switch rule.kind {
    case .absent:
      return UInt8(ascii: format.notPresentState(of: entry).kind == .none ? "." : "s")
    case .invalid: return UInt8(ascii: "x")
    case .table:
      guard entry & rule.reserved == 0, depth + 1 < format.levelCount else { return UInt8(ascii: "x") }
      return UInt8(ascii: "t")
    case .leaf:
      guard entry & rule.reserved == 0 else { return UInt8(ascii: "x") }
      return UInt8(ascii: rule.sizeBits > format.pageSizeBits ? "h" : "l")
    }
  }
}
