public import PagewalkKernel

/// Makes ready what entries that are not present mean in this kernel.
///
/// The era's table says where type and offset stand; how many types are not swap areas the kernel's own
/// header says, because that depends on its configuration.
// swift-format-ignore: AlwaysUseLowerCamelCase
@c public func pagewalk_choose_era(
  _ kernel: UnsafeMutablePointer<pagewalk_kernel>, _ major: UInt8, _ minor: UInt8,
  _ types: UnsafePointer<pagewalk_swap_types>
) {
  kernel.pointee.absent_rule_count = 0
  let format = kernel.pointee.format.pointee
  let eras = format.eras
  guard format.era_count > 0 else { return }
  let release = KernelRelease(UInt16(major), UInt16(minor))
  var chosen = 0
  while chosen &+ 1 < Int(format.era_count),
    release < KernelRelease(UInt16((eras + chosen).pointee.major), UInt16((eras + chosen).pointee.minor))
  {
    chosen &+= 1
  }
  let era = (eras + chosen).pointee
  let rules = era.rules
  guard era.rule_count > 0 else { return }
  // The swap rule is the last; its bits are those of all types. A migration entry holds a frame number.
  let swap = (rules + Int(era.rule_count &- 1)).pointee
  var frame = swap
  var protectionNone: NotPresentTable.Rule?
  var index = 0
  while index < Int(era.rule_count) {
    let rule = (rules + index).pointee
    if rule.kind == NotPresentState.Kind.migration.rawValue { frame = rule }
    if rule.kind == NotPresentState.Kind.protectionNone.rawValue { protectionNone = .init(rule) }
    index &+= 1
  }
  let special = SpecialSwapTypes(
    hardwarePoison: types.pointee.hardware_poison, migration: types.pointee.migration,
    device: types.pointee.device, marker: types.pointee.marker, swapInError: types.pointee.swap_in_error)
  let table = NotPresentTable(
    since: release, era: "",
    type: swap.type_low_bit...swap.type_low_bit &+ swap.type_bit_count &- 1,
    offset: swap.offset_low_bit...swap.offset_low_bit &+ swap.offset_bit_count &- 1,
    frame: frame.offset_low_bit...frame.offset_low_bit &+ frame.offset_bit_count &- 1,
    inverted: swap.offset_is_inverted != 0, special: special, protectionNone: protectionNone)
  index = 0
  while index < table.rules.count, index < Int(PAGEWALK_MAX_ABSENT_RULES) {
    kernel.setAbsentRule(index, pagewalk_absent_rule(table.rules[index]))
    index &+= 1
  }
  kernel.pointee.absent_rule_count = UInt32(truncatingIfNeeded: index)
}

extension NotPresentTable.Rule {
  init(_ rule: pagewalk_absent_rule) {
    self.init(NotPresentState.Kind(rawValue: rule.kind) ?? .unknown, mask: rule.mask, match: rule.match)
    typeLowBit = rule.type_low_bit
    typeBitCount = rule.type_bit_count
    firstType = rule.first_type
    lastType = rule.last_type
    offsetLowBit = rule.offset_low_bit
    offsetBitCount = rule.offset_bit_count
    offsetIsInverted = rule.offset_is_inverted != 0
    offsetBits = rule.offset_bits
  }
}

extension pagewalk_absent_rule {
  init(_ rule: NotPresentTable.Rule) {
    self.init()
    mask = rule.mask
    match = rule.match
    offset_bits = rule.offsetBits
    kind = rule.kind.rawValue
    type_low_bit = rule.typeLowBit
    type_bit_count = rule.typeBitCount
    first_type = rule.firstType
    last_type = rule.lastType
    offset_low_bit = rule.offsetLowBit
    offset_bit_count = rule.offsetBitCount
    offset_is_inverted = rule.offsetIsInverted ? 1 : 0
  }
}

// C's array is a tuple here: its elements are reached by their address.

extension UnsafePointer<pagewalk_kernel> {
  func absentRule(_ index: Int) -> NotPresentTable.Rule {
    let first = UnsafeRawPointer(self) + pagewalk_kernel.absentRulesOffset
    let rules = first.assumingMemoryBound(to: pagewalk_absent_rule.self)
    return NotPresentTable.Rule((rules + index).pointee)
  }
}

extension UnsafeMutablePointer<pagewalk_kernel> {
  func setAbsentRule(_ index: Int, _ rule: pagewalk_absent_rule) {
    let first = UnsafeMutableRawPointer(self) + pagewalk_kernel.absentRulesOffset
    (first.assumingMemoryBound(to: pagewalk_absent_rule.self) + index).pointee = rule
  }
}

extension pagewalk_kernel {
  static var absentRulesOffset: Int {
    let rules = Int(PAGEWALK_MAX_ABSENT_RULES) &* MemoryLayout<pagewalk_absent_rule>.size
    return MemoryLayout<pagewalk_kernel>.size &- rules
  }
}
