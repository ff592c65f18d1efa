import PageTables

/// What an audit must know of a kernel's address space, from its pointers or inferred from its tables.
struct KernelLayout: Sendable {
  /// The kernel half begins here: the upper region of the format, or, with one region for all, the lowest
  /// address that the master maps.
  var first: VirtualAddress
  /// The last address of the user half.
  private let userEnd: VirtualAddress?
  var userLast: VirtualAddress { min(userEnd ?? VirtualAddress(.max), VirtualAddress(first.rawValue &- 1)) }
  /// The last address that the format can name.
  var last: UInt64 { wordMask }
  /// Virtual minus physical address of the linear map, modulo the word.
  var linearOffset: UInt64?
  /// The last physical address that the linear map reaches.
  var linearLast = PhysicalAddress(0)
  /// Virtual minus physical address of the kernel image, where it does not lie in the linear map.
  var imageOffset: UInt64?
  var image: ClosedRange<UInt64>?
  /// The lowest address of the kernel's code.
  var imageFirst: VirtualAddress?
  /// The names of the memory-type bits of the linear map's leaves: what ordinary RAM is mapped with.
  var memoryTypes: Set<[String]> = []
  /// What was inferred, in sentences.
  var notes: [String] = []
  private let wordMask: UInt64
  let hasSplitRoots: Bool

  init(_ input: AuditInput, in memory: borrowing some PhysicalMemory & ~Copyable) {
    let format = input.tables.format
    wordMask = format.addressBits == 32 ? 0xffff_ffff : .max
    let upper = format.regions.elements.last { $0.first.rawValue > 0 }
    hasSplitRoots = format.hasSeparateRoots
    userEnd = format.region(of: VirtualAddress(0))?.last
    first = upper?.first ?? VirtualAddress(wordMask)
    let reference = input.tables.master ?? input.tables.processes.first?.root
    guard let reference else { return }
    let walker = Walker(format: format, root: reference)
    if upper == nil {
      first = Self.boundary(
        walker, isMaster: input.tables.master != nil, limit: input.tableLimit, in: memory)
    }
    var measure = OffsetMeasure(format: format, wordMask: wordMask, ram: input.ram)
    walker.rangesOnce(from: first, in: memory, tableLimit: input.tableLimit, into: &measure)
    linearOffset = input.pointers?.directMapOffset ?? measure.commonest(measure.mapped)
    imageOffset = input.pointers?.imageOffset ?? measure.commonest(measure.executable)
    image = input.pointers?.image
    imageFirst = imageOffset.flatMap { measure.firstExecutable[$0] }
    if input.pointers == nil, linearOffset != nil {
      notes.append("the linear map and the kernel image are inferred: the distances at which most is mapped")
    }
    if let offset = linearOffset {
      linearLast = measure.last[offset] ?? PhysicalAddress(0)
      memoryTypes = measure.memoryTypes[offset] ?? []
    }
  }

  /// Where one root serves both halves and the format does not part them: the lowest address that the master
  /// maps; without a master the lowest one that user mode may not reach.
  private static func boundary(
    _ walker: Walker<PagingFormat>, isMaster: Bool, limit: Int,
    in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> VirtualAddress {
    var found: VirtualAddress?
    var sink = RangeCallback { range in
      guard found == nil, let mapping = range.mapping else { return }
      if isMaster || !mapping.access.intersects(.user) { found = range.first }
    }
    walker.rangesOnce(from: VirtualAddress(0), in: memory, tableLimit: limit, into: &sink)
    let mask: UInt64 = (1 << 21) - 1
    return VirtualAddress((found?.rawValue ?? 0xffff_ffff) & ~mask)
  }

  func isKernelHalf(_ address: VirtualAddress) -> Bool { address >= first }

  func isLinear(_ address: VirtualAddress, _ physical: PhysicalAddress) -> Bool {
    linearOffset == (address.rawValue &- physical.rawValue) & wordMask
  }

  func isImage(_ address: VirtualAddress, _ physical: PhysicalAddress) -> Bool {
    imageOffset == (address.rawValue &- physical.rawValue) & wordMask
      && image?.contains(address.rawValue) ?? true
  }

  /// Whether the linear map ends below `address`, so that the kernel needs other mappings for it.
  func isHighMemory(_ address: PhysicalAddress) -> Bool { wordMask != .max && address > linearLast }

  /// The linear map's address of `physical`.
  func linearAddress(of physical: PhysicalAddress) -> VirtualAddress? {
    linearOffset.map { VirtualAddress((physical.rawValue &+ $0) & wordMask) }
  }
}

/// Sums up how far apart virtual and physical addresses are, over ranges of at least 64 KiB.
private struct OffsetMeasure: RangeSink {
  let format: PagingFormat
  let wordMask: UInt64
  var mapped: [UInt64: UInt64] = [:]
  var executable: [UInt64: UInt64] = [:]
  var firstExecutable: [UInt64: VirtualAddress] = [:]
  var last: [UInt64: PhysicalAddress] = [:]
  var memoryTypes: [UInt64: Set<[String]>] = [:]

  private let ram: [RAMRange]

  init(format: PagingFormat, wordMask: UInt64, ram: [RAMRange]) {
    self.format = format
    self.ram = ram
    self.wordMask = wordMask
  }

  mutating func receive(_ range: MappedRange) {
    // Tables cannot name more distances than they have entries, but forged ones can name that many.
    guard let mapping = range.mapping, range.byteCount >= 1 << 16, mapped.count < 1 << 16 else { return }
    // A device's memory can be larger than RAM.
    guard ram.hasByte(at: mapping.physical) else { return }
    let offset = (range.first.rawValue &- mapping.physical.rawValue) & wordMask
    mapped[offset, default: 0] &+= range.byteCount
    if mapping.access.contains(.kernelExecute) {
      executable[offset, default: 0] &+= range.byteCount
      firstExecutable[offset] = firstExecutable[offset] ?? range.first
    }
    let end = mapping.physical.advanced(byBytes: range.byteCount &- 1)
    last[offset] = max(last[offset] ?? end, end)
    memoryTypes[offset, default: []].insert(format.memoryType(of: mapping))
  }

  func commonest(_ bytes: [UInt64: UInt64]) -> UInt64? {
    bytes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }
}

extension PagingFormat {
  /// The names of the memory-type bits that the mapping's entry has set; equal for pages of all sizes.
  func memoryType(of mapping: MappedRange.Mapping) -> [String] {
    let rule = level(Int(mapping.depth)).rules[Int(mapping.ruleIndex)]
    return fields(of: rule).fields.elements.filter { $0.meaning == .memoryType }.compactMap { field in
      let value = field.value(in: mapping.entry)
      return value == 0 ? nil : "\(field.name)=\(value)"
    }.sorted()
  }
}

extension PagingFormat {
  /// Whether the mapping's entry has the flag of that name.
  func hasFlag(_ name: String, in mapping: MappedRange.Mapping) -> Bool {
    let rule = level(Int(mapping.depth)).rules[Int(mapping.ruleIndex)]
    return fields(of: rule).fields.elements.contains {
      "\($0.name)" == name && $0.value(in: mapping.entry) != 0
    }
  }
}
