import PagewalkKernel

/// A paging format as constant tables: what a `PagingFormat` says, read where it lies.
///
/// A `PagingFormat` is a value of 13 KB, and a kernel stack has 8 or 16. The tables are written from it when
/// the module is built (kmod/generate), so that both are one. Their counts are taken from arrays by the same
/// program, and nothing else writes them: they are trusted.
struct KernelFormat: WalkFormat, @unchecked Sendable {
  private let kernel: UnsafePointer<pagewalk_kernel>
  private let format: pagewalk_format

  init(_ kernel: UnsafePointer<pagewalk_kernel>) {
    self.kernel = kernel
    format = kernel.pointee.format.pointee
  }

  var levelCount: Int { Int(format.level_count) }
  var byteOrder: ByteOrder { .little }
  var memoryEncryptionMask: UInt64 { kernel.pointee.encryption_mask }
  var pageSizeBits: UInt8 { format.page_size_bits }
  var addressBits: UInt8 { format.address_bits }

  /// In the place of a root: that half has none.
  static var noRoot: PhysicalAddress { PhysicalAddress(UInt64.max) }

  /// The roots of both halves. Where they differ the kernel's serves the upper half of every process, and
  /// the kernel by itself has no lower half.
  func roots(of space: PhysicalAddress) -> PageTableRoot {
    let upper = PhysicalAddress(kernel.pointee.upper_root)
    guard upper.rawValue != 0 else { return PageTableRoot(space) }
    return PageTableRoot(lower: space == upper ? Self.noRoot : space, upper: upper)
  }

  /// Only what places entries; the comparisons are left to the rules.
  func geometry(_ depth: Int) -> LevelGeometry {
    var geometry = LevelGeometry.none
    guard let level = levelTable(depth) else { return geometry }
    geometry.shift = level.pointee.shift
    geometry.indexBits = level.pointee.index_bits
    geometry.entrySizeBits = level.pointee.entry_size_bits
    return geometry
  }

  func rule(for entry: UInt64, depth: Int) -> (index: Int, rule: EntryRule) {
    guard let level = levelTable(depth) else { return (255, .filler) }
    let rules = level.pointee.rules
    let count = Int(level.pointee.rule_count)
    var index = 0
    while index < count {
      let rule = rules + index
      if entry & rule.pointee.mask == rule.pointee.match { return (index, EntryRule(rule)) }
      index &+= 1
    }
    return (255, .filler)
  }

  func softwareEntries(_ depth: Int) -> SoftwareEntries {
    guard let level = levelTable(depth), let software = level.pointee.software else { return .none }
    return SoftwareEntries(
      offsetBytes: Int16(truncatingIfNeeded: level.pointee.software_offset),
      groupByteCount: level.pointee.software_group, present: EntryRule(software))
  }

  func region(of address: VirtualAddress) -> Region? {
    var index = 0
    while index < Int(format.region_count) {
      let region = (format.regions + index).pointee
      if address.rawValue >= region.first, address.rawValue <= region.last {
        var answer = Region.filler
        answer.first = VirtualAddress(region.first)
        answer.last = VirtualAddress(region.last)
        answer.root = Region.Root(rawValue: region.root) ?? .lower
        answer.firstDepth = region.first_depth
        answer.firstIndexBits = region.first_index_bits
        return answer
      }
      index &+= 1
    }
    return nil
  }

  func access(of entry: UInt64, by rule: EntryRule) -> Access {
    guard rule.accessTable < format.access_table_count else { return .all }
    let table = (format.access_tables + Int(rule.accessTable)).pointee
    var access = Access.all
    var index = 0
    while index < Int(table.rule_count) {
      let rule = table.rules + index
      if entry & rule.pointee.mask == rule.pointee.match {
        access = access.subtracting(Access(rawValue: rule.pointee.denies))
      }
      index &+= 1
    }
    return access
  }

  func narrowed(_ access: Access) -> Access {
    var narrowed = access
    var index = 0
    while index < Int(format.implication_count) {
      let implication = (format.implications + index).pointee
      if access.contains(Access(rawValue: implication.when)) {
        narrowed = narrowed.subtracting(Access(rawValue: implication.denies))
      }
      index &+= 1
    }
    return narrowed
  }

  /// As the kernel's own configuration has it (`pagewalk_choose_era`).
  func notPresentState(of entry: UInt64) -> NotPresentState {
    guard entry != 0 else { return NotPresentState(.none) }
    var index = 0
    while index < Int(truncatingIfNeeded: kernel.pointee.absent_rule_count) {
      if let state = kernel.absentRule(index).state(of: entry) { return state }
      index &+= 1
    }
    return NotPresentState(.unknown)
  }

  /// The level's table, with its names.
  func levelTable(_ depth: Int) -> UnsafePointer<pagewalk_level>? {
    guard depth >= 0, depth < levelCount else { return nil }
    return format.levels + depth
  }

  /// The named bits of entries that `rule` reads.
  func fieldTable(of rule: EntryRule) -> pagewalk_field_table? {
    guard rule.fieldTable < format.field_table_count else { return nil }
    return (format.field_tables + Int(rule.fieldTable)).pointee
  }
}

extension EntryRule {
  /// The rule without its name, which stays in the table.
  init(_ table: UnsafePointer<pagewalk_rule>) {
    let rule = table.pointee
    self.init(
      Kind(rawValue: rule.kind) ?? .invalid, mask: rule.mask, match: rule.match, name: "",
      sizeBits: rule.size_bits, address: AddressLayout(rule.runs), reserved: rule.reserved,
      accessTable: rule.access_table, fieldTable: rule.field_table)
  }
}

extension AddressLayout {
  init(_ runs: (pagewalk_run, pagewalk_run, pagewalk_run)) {
    self.init(Run(runs.0), Run(runs.1), Run(runs.2))
  }
}

extension AddressLayout.Run {
  init(_ run: pagewalk_run) {
    self = .none
    lowBit = run.low_bit
    bitCount = run.bit_count
    addressLowBit = run.address_low_bit
  }
}
