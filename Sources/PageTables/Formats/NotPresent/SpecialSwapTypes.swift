/// How many of the 32 values of a swap entry's type field are not swap areas (include/linux/swap.h).
///
/// They stand at the upper end, in this order: hardware poison, migration, device memory, markers, swap-in
/// errors; what is below are swap areas. The numbers depend on the kernel's version and on its
/// configuration, so a table of not-present entries says which it was made for.
@frozen
public struct SpecialSwapTypes: Hashable, Sendable, BitwiseCopyable {
  /// 1 with CONFIG_MEMORY_FAILURE.
  public var hardwarePoison: UInt8
  /// With CONFIG_MIGRATION: 2 (read, write), and 3 since Linux 5.19 (read of an exclusive page).
  public var migration: UInt8
  /// With CONFIG_DEVICE_PRIVATE: 2, from 5.14 to 6.14 4 (exclusive access by a device), since 6.15 3.
  public var device: UInt8
  /// Markers: 0 before Linux 5.19, where CONFIG_PTE_MARKER decides; 1 since 6.2.
  public var marker: UInt8
  /// Pages that could not be read back: 1 from Linux 5.19 to 6.1; later they are markers.
  public var swapInError: UInt8

  public init(
    hardwarePoison: UInt8 = 0, migration: UInt8 = 3, device: UInt8 = 0, marker: UInt8 = 1,
    swapInError: UInt8 = 0
  ) {
    self.hardwarePoison = hardwarePoison
    self.migration = migration
    self.device = device
    self.marker = marker
    self.swapInError = swapInError
  }

  /// Linux 6.15 and later, with every option.
  public static var linux6v15: SpecialSwapTypes { SpecialSwapTypes(hardwarePoison: 1, device: 3) }
  /// Linux 6.2 to 6.14, with every option.
  public static var linux6v2: SpecialSwapTypes { SpecialSwapTypes(hardwarePoison: 1, device: 4) }
  /// Linux 5.19 to 6.1, with every option.
  public static var linux5v19: SpecialSwapTypes {
    SpecialSwapTypes(hardwarePoison: 1, device: 4, swapInError: 1)
  }
  /// Linux 5.14 to 5.18, with every option.
  public static var linux5v14: SpecialSwapTypes {
    SpecialSwapTypes(hardwarePoison: 1, migration: 2, device: 4, marker: 0)
  }
  /// Linux 4.14 to 5.13, with every option.
  public static var linux4v14: SpecialSwapTypes {
    SpecialSwapTypes(hardwarePoison: 1, migration: 2, device: 2, marker: 0)
  }

  /// No special types at all.
  public static var none: SpecialSwapTypes { SpecialSwapTypes(migration: 0, marker: 0) }

  /// The same version without CONFIG_PTE_MARKER: before 6.2 only x86-64 had it (HAVE_ARCH_USERFAULTFD_WP).
  public var withoutMarkers: SpecialSwapTypes {
    var copy = self
    copy.marker = 0
    return copy
  }

  /// The same version without CONFIG_DEVICE_PRIVATE.
  public var withoutDevice: SpecialSwapTypes {
    var copy = self
    copy.device = 0
    return copy
  }

  /// The same version without CONFIG_DEVICE_PRIVATE and CONFIG_MEMORY_FAILURE.
  public var migrationOnly: SpecialSwapTypes {
    var copy = withoutDevice
    copy.hardwarePoison = 0
    return copy
  }
}

extension NotPresentTable {
  /// A table of Linux's usual shape: PROT_NONE first, then the special types from the top of the type field
  /// downwards, then swap areas.
  ///
  /// - Parameters:
  ///   - type: the bits of the swap type.
  ///   - offset: the bits of the offset.
  ///   - frame: the bits of the offset that hold a frame number where one is stored. Since Linux 6.1 the
  ///     bits above may say young and dirty (SWP_MIG_YOUNG_BIT, include/linux/swapops.h).
  ///   - inverted: the offset is stored inverted.
  init(
    since: KernelRelease, era: StaticString, type: ClosedRange<UInt8>, offset: ClosedRange<UInt8>,
    frame: ClosedRange<UInt8>,
    inverted: Bool = false, special: SpecialSwapTypes, protectionNone: Rule?
  ) {
    self.init(since: since, era: era, rules: [Rule.filler])
    rules = FixedList()
    self.special = special
    if let protectionNone { rules.append(protectionNone) }
    var top: UInt8 = 32
    if special.swapInError > 0 {
      let types = top &- special.swapInError...top &- 1
      rules.append(
        Rule(.hardwarePoison, type: type, types: types, offset: frame, inverted: inverted))
      top = types.lowerBound
    }
    if special.marker > 0 {
      let types = top &- special.marker...top &- 1
      // PTE_MARKER_GUARD (6.13), PTE_MARKER_POISONED (6.6; since 6.2 PTE_MARKER_SWAPIN_ERROR).
      rules.append(
        Rule(.guard, type: type, types: types, offset: offset, inverted: inverted, offsetBits: 4))
      rules.append(
        Rule(.hardwarePoison, type: type, types: types, offset: offset, inverted: inverted, offsetBits: 2))
      rules.append(Rule(.marker, type: type, types: types, offset: offset, inverted: inverted))
      top = types.lowerBound
    }
    appendFrames(.device, special.device, &top, type: type, frame: frame, inverted: inverted)
    appendFrames(.migration, special.migration, &top, type: type, frame: frame, inverted: inverted)
    appendFrames(.hardwarePoison, special.hardwarePoison, &top, type: type, frame: frame, inverted: inverted)
    rules.append(Rule(.swap, type: type, types: 0...top &- 1, offset: offset, inverted: inverted))
  }

  /// A rule for the `count` types below `top`, which hold a frame number.
  private mutating func appendFrames(
    _ kind: NotPresentState.Kind, _ count: UInt8, _ top: inout UInt8, type: ClosedRange<UInt8>,
    frame: ClosedRange<UInt8>, inverted: Bool
  ) {
    guard count > 0, count < top else { return }
    let types = top &- count...top &- 1
    rules.append(Rule(kind, type: type, types: types, offset: frame, inverted: inverted))
    top = types.lowerBound
  }
}
