/// What the walk of one address asks of a format, small answer by small answer: entries and where they are.
///
/// ``FormatSource`` adds what enumerations and views need, whole levels and tables of names. The kernel
/// module's format has only this part: it lies in constant tables, and a kernel's stack holds no levels.
public protocol WalkFormat: Sendable {
  /// Whether the compiler knows the format's numbers.
  static var isConstant: Bool { get }
  var levelCount: Int { get }
  /// The few numbers of the level at `depth`, counted from the top, that most entries need.
  func geometry(_ depth: Int) -> LevelGeometry
  /// The first rule of the level at `depth` that fits `entry`, and its place; 255 if none does.
  func rule(for entry: UInt64, depth: Int) -> (index: Int, rule: EntryRule)
  /// Linux's own entries beside those of the level at `depth`.
  func softwareEntries(_ depth: Int) -> SoftwareEntries
  /// The region that `address` lies in, or nil if it is not canonical.
  func region(of address: VirtualAddress) -> Region?
  /// What an entry read by `rule` allows by itself.
  func access(of entry: UInt64, by rule: EntryRule) -> Access
  /// What the combined rights of a whole walk come to; they are `access` itself in most formats.
  func narrowed(_ access: Access) -> Access
  /// What Linux means by `entry`, which the hardware calls absent.
  func notPresentState(of entry: UInt64) -> NotPresentState
  var byteOrder: ByteOrder { get }
  var memoryEncryptionMask: UInt64 { get }
  /// The smallest page is 2^`pageSizeBits` bytes.
  var pageSizeBits: UInt8 { get }
  /// How many bits a virtual address has as a number: 32 or 64.
  var addressBits: UInt8 { get }
}

extension WalkFormat {
  @inlinable public static var isConstant: Bool { false }
  @inlinable public func narrowed(_ access: Access) -> Access { access }

  /// What Linux means by `entry` at `depth` for the page of `address`.
  ///
  /// An entry above the last level that stands for a huge page names its first frame, and x86's inverted bits
  /// below that frame say nothing (`pfn_pmd`, arch/x86/include/asm/pgtable.h, Linux 4.18 to 7.2): the answer
  /// names the page's own frame, as `/proc/PID/pagemap` does.
  @usableFromInline
  func notPresentState(of entry: UInt64, at address: VirtualAddress, depth: Int) -> NotPresentState {
    var state = notPresentState(of: entry)
    guard depth &+ 1 < levelCount else { return state }
    switch state.kind {
    case .protectionNone, .old, .migration, .device:
      let indexBits = UInt64(geometry(depth).shift) &- UInt64(pageSizeBits)
      let indexMask: UInt64 = (1 &<< indexBits) &- 1
      state.offset = (state.offset & ~indexMask) | ((address.rawValue &>> UInt64(pageSizeBits)) & indexMask)
      return state
    case .none, .swap, .guard, .hardwarePoison, .marker, .unknown: return state
    }
  }
}
