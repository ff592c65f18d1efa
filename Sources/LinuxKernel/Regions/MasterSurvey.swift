import PageTables

/// What the master's own leaves tell: which of them are the linear map, which are the kernel's image.
struct MasterSurvey: Sendable {
  /// A run of leaves whose virtual addresses lie at one distance from the physical ones.
  struct Run: Sendable {
    var first: UInt64
    /// The last address, inclusive.
    var last: UInt64
    /// Virtual minus physical address, modulo the word.
    var offset: UInt64
    /// How much of it is mapped.
    var mappedBytes: UInt64
  }

  /// What is mapped, in address order.
  private(set) var mappings: [MappedRange] = []
  private(set) var isComplete = true
  private(set) var linear: Run?
  private(set) var image: Run?
  private(set) var linearEvidence = Evidence(.pageTables, "")
  private(set) var imageEvidence = Evidence(.pageTables, "")
  /// The paging format's name.
  let format: String
  private let wordMask: UInt64
  var wordByteCount: Int { wordMask == .max ? 8 : 4 }

  /// The most ranges that are kept: a master of many small ranges is 80,000, a forged one has no end.
  static let rangeLimit = 1 << 20
  /// The most tables that are read: those of a terabyte mapped by small pages.
  static let tableLimit = 1 << 19

  init(_ search: RegionSearch) {
    format = "\(search.format.name)"
    wordMask = search.format.addressBits == 32 ? 0xffff_ffff : .max
    collect(search)
    findLinearMap(search)
    findImage(search)
  }

  /// Collects the mapped ranges of the regions that the kernel's root translates.
  private mutating func collect(_ search: RegionSearch) {
    let walker = Walker(format: search.format, root: search.master)
    let regions = (0..<search.format.regionCount).map(search.format.region)
    // Where the halves have roots of their own, the lower one is a process's.
    let isSplit = regions.contains { $0.root == .upper } && search.format.addressBits == 64
    for region in regions where !isSplit || region.root == .upper {
      var sink = MappedRangeSink(limit: Self.rangeLimit - mappings.count)
      let summary = walker.ranges(
        from: region.first, through: region.last, in: search.memory.memory, tableLimit: Self.tableLimit,
        into: &sink)
      mappings += sink.ranges
      isComplete = isComplete && summary.isComplete && !sink.isFull
    }
  }

  func offset(of range: MappedRange) -> UInt64 {
    (range.first.rawValue &- (range.mapping?.physical.rawValue ?? 0)) & wordMask
  }

  /// The linear map: the constant of the most bytes of RAM, unless another method knows it.
  private mutating func findLinearMap(_ search: RegionSearch) {
    var bytes: [UInt64: UInt64] = [:]
    for range in mappings {
      guard let mapping = range.mapping, search.memory.isRAM(mapping.physical) else { continue }
      bytes[offset(of: range), default: 0] &+= range.byteCount
    }
    let byVotes = bytes.sorted { ($0.value, $0.key) > ($1.value, $1.key) }
    guard let best = byVotes.first else { return }
    let known = search.pointers.map(\.directMapOffset)
    let offset = known ?? best.key
    linear = run(offset: offset, around: nil, in: search)
    guard let linear else { return }
    let rivals = byVotes.first { $0.key != offset }.map {
      "; no other constant has more than \(Self.size($0.value))"
    }
    linearEvidence = Evidence(
      .pageTables,
      "\(Self.size(linear.mappedBytes)) of RAM are mapped at one distance, virtual - physical = "
        + "0x" + String(offset, radix: 16) + (rivals ?? ""))
  }

  /// The image: the run that holds `_stext`, or else the largest executable one that cannot be written.
  private mutating func findImage(_ search: RegionSearch) {
    if let text = search.address(ofSymbol: "_stext"), let range = mapping(at: text.value) {
      image = run(offset: offset(of: range), around: text.value, in: search)
      imageEvidence = text.evidence
      return
    }
    var sizes: [UInt64: (bytes: UInt64, place: UInt64)] = [:]
    for range in mappings {
      guard let access = range.mapping?.access, Self.isText(access) else { continue }
      let key = offset(of: range)
      sizes[key] = ((sizes[key]?.bytes ?? 0) &+ range.byteCount, sizes[key]?.place ?? range.first.rawValue)
    }
    guard let best = sizes.max(by: { ($0.value.bytes, $0.key) < ($1.value.bytes, $1.key) }),
      best.value.bytes >= 1 << 20
    else { return }
    // The place is where the largest single range of that distance is.
    let place = mappings.filter {
      offset(of: $0) == best.key && $0.mapping.map { Self.isText($0.access) } == true
    }
    .max { $0.byteCount < $1.byteCount }
    image = run(offset: best.key, around: place?.first.rawValue ?? best.value.place, in: search)
    imageEvidence = Evidence(
      .pageTables, "\(Self.size(best.value.bytes)) at one distance are executable and not writable")
  }

  /// Kernel text, by its rights.
  static func isText(_ access: Access) -> Bool {
    access.contains(.kernelExecute) && !access.contains(.kernelWrite)
  }

  /// The run of leaves at `offset` with no leaf of another distance between them: the one that holds
  /// `place`, or the largest.
  private func run(offset wanted: UInt64, around place: UInt64?, in search: RegionSearch) -> Run? {
    var best: Run?
    var current: Run?
    func finish() {
      guard let run = current else { return }
      current = nil
      if let place {
        if run.first <= place, place <= run.last { best = run }
      } else if run.mappedBytes > best?.mappedBytes ?? 0 {
        best = run
      }
    }
    for range in mappings {
      guard offset(of: range) == wanted else {
        finish()
        continue
      }
      if current == nil {
        current = Run(first: range.first.rawValue, last: 0, offset: wanted, mappedBytes: 0)
      }
      current?.last = range.last.rawValue
      current?.mappedBytes &+= range.byteCount
    }
    finish()
    return best
  }

  func mapping(at address: UInt64) -> MappedRange? {
    let index = mappings.partitioningIndex { $0.last.rawValue >= address }
    guard index < mappings.count, mappings[index].first.rawValue <= address else { return nil }
    return mappings[index]
  }

  /// The first mapping that begins at `address` or later.
  func firstMapping(from address: UInt64) -> MappedRange? {
    let index = mappings.partitioningIndex { $0.first.rawValue >= address }
    return index < mappings.count ? mappings[index] : nil
  }

  /// Whether one of the addresses from `first` to `last` is mapped.
  func isAnythingMapped(from first: UInt64, through last: UInt64) -> Bool {
    let index = mappings.partitioningIndex { $0.last.rawValue >= first }
    return index < mappings.count && mappings[index].first.rawValue <= last
  }

  static func size(_ byteCount: UInt64) -> String {
    byteCount >= 10 << 20 ? "\(byteCount >> 20) MiB" : "\(byteCount >> 10) KiB"
  }
}

/// Keeps what is mapped, up to a limit.
private struct MappedRangeSink: RangeSink {
  var ranges: [MappedRange] = []
  let limit: Int
  var isFull = false

  init(limit: Int) { self.limit = limit }

  mutating func receive(_ range: MappedRange) {
    guard range.mapping != nil else { return }
    guard ranges.count < limit else {
      isFull = true
      return
    }
    ranges.append(range)
  }
}
