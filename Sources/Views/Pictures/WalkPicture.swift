import PageTables

/// One translation with what a drawing of it needs: `pagewalk.walk/1`, and beside each step where its table lies
/// in the address space.
struct WalkPicture: Encodable {
  /// Some bits of the address.
  struct Field: Encodable {
    /// The level whose entry they choose; absent for the offset and for the sign.
    var level: String?
    var name: String
    var high: Int
    var low: Int
    var value: JSONAddress
  }

  struct Rights: Encodable {
    var kernel: String
    var user: String
  }

  /// A step, and its table.
  struct Step: Encodable {
    var report: WalkReport.Step
    /// The rights that are left; absent where the walk ends.
    var effective: Rights?
    var tableEntries: UInt64
    /// What one entry spans, in bytes.
    var span: UInt64
    /// The address of entry 0.
    var base: JSONAddress

    enum CodingKeys: String, CodingKey { case effective, tableEntries, span, base }

    func encode(to encoder: any Encoder) throws {
      try report.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encodeIfPresent(effective, forKey: .effective)
      try container.encode(tableEntries, forKey: .tableEntries)
      try container.encode(span, forKey: .span)
      try container.encode(base, forKey: .base)
    }
  }

  /// What is at the end of the walk.
  struct Bytes: Encodable {
    /// Physical.
    var start: JSONAddress
    var hex: String
  }

  var report: WalkReport
  var fields: [Field]
  var steps: [Step]
  var sentence: String
  var bytes: Bytes?

  enum CodingKeys: String, CodingKey { case schema, fields, steps, sentence, bytes }

  func encode(to encoder: any Encoder) throws {
    var report = report
    report.steps = []
    try report.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(WalkReport.schema, forKey: .schema)
    try container.encode(fields, forKey: .fields)
    try container.encode(steps, forKey: .steps)
    try container.encode(sentence, forKey: .sentence)
    try container.encodeIfPresent(bytes, forKey: .bytes)
  }

  /// How many bytes are shown around the address.
  static let byteCount: UInt64 = 256

  init(_ address: VirtualAddress, in space: AddressSpace, of source: Source) {
    report = WalkReport(address, in: space, of: source)
    let format = space.format
    let region = format.region(of: address) ?? format.region(0)
    let firstDepth = Int(region.firstDepth)
    func indexBits(_ depth: Int) -> UInt64 {
      UInt64(depth == firstDepth ? region.firstIndexBits : format.level(depth).indexBits)
    }
    steps = report.steps.enumerated().map { position, step in
      let depth = firstDepth + position
      let shift = UInt64(format.level(depth).shift)
      return Step(
        report: step, effective: step.accessColumns.map(Rights.init), tableEntries: 1 << indexBits(depth),
        span: 1 << shift, base: JSONAddress(address.rawValue & ~((1 &<< (shift + indexBits(depth))) &- 1)))
    }
    // Where nothing is mapped, all levels' fields are shown.
    let shownDepths =
      report.isMapped ? firstDepth..<(firstDepth + steps.count) : firstDepth..<format.levelCount
    fields = []
    let top = Int(format.level(firstDepth).shift) + Int(region.firstIndexBits)
    func field(_ level: String?, _ name: String, high: Int, low: Int) -> Field {
      let mask: UInt64 = high - low >= 63 ? .max : (1 << UInt64(high - low + 1)) - 1
      return Field(
        level: level, name: name, high: high, low: low,
        value: JSONAddress(address.rawValue >> UInt64(low) & mask))
    }
    if top < Int(format.addressBits) {
      fields.append(field(nil, "sign", high: Int(format.addressBits) - 1, low: top))
    }
    var low = top
    for depth in shownDepths {
      let level = format.level(depth)
      low = Int(level.shift)
      fields.append(
        field(
          "\(level.name)", "\(level.architectureName)", high: low + Int(indexBits(depth)) - 1, low: low))
    }
    if low > 0 { fields.append(field(nil, "offset", high: low - 1, low: 0)) }
    sentence = report.sentence
    if let physical = report.physical?.value {
      let start = physical & ~(Self.byteCount - 1)
      let bytes = try? source.bytes(at: PhysicalAddress(start), count: Int(Self.byteCount))
      self.bytes = bytes.map { bytes in
        Bytes(
          start: JSONAddress(start), hex: bytes.map { hexadecimal(UInt64($0), width: 2) }.joined())
      }
    }
  }
}

extension WalkPicture.Rights {
  /// - Parameter columns: as `Access.columns` has them: `rw- r--`.
  init(columns: String) {
    let parts = columns.split(separator: " ")
    kernel = String(parts.first ?? "")
    user = String(parts.last ?? "")
  }
}

extension WalkReport {
  /// Where the walk ends and why, for a person.
  var sentence: String {
    let who = process.map { "in process \($0.pid) (\($0.command))" } ?? "in this address space"
    guard let physical, let pageSize, let last = steps.last else {
      return "\(virtual.text) \(who) is \(outcome == "not-mapped" ? "not mapped" : outcome): "
        + (explanation ?? reason ?? "nothing more is known")
    }
    let rights = last.accessColumns.map(WalkPicture.Rights.init(columns:))
    func words(_ letters: String) -> String {
      let names = [("r", "read"), ("w", "write"), ("x", "execute")]
      let words = names.filter { letters.contains($0.0) }.map(\.1)
      return words.isEmpty ? "do nothing" : words.joined(separator: ", ")
    }
    let kernel = rights.map { "the kernel may \(words($0.kernel)), user mode may \(words($0.user))" } ?? ""
    return
      "\(virtual.text) \(who) is mapped to physical \(physical.text), by a \(last.level) entry, in a page "
      + "of \(sizeText(pageSize)); \(kernel)"
  }
}
