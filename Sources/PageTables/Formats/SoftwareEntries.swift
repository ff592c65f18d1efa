/// Linux's own entries of a level whose hardware entries cannot say all that Linux must know.
///
/// On ARM short descriptors the hardware has no accessed and no dirty bit. Linux keeps an entry of its own
/// 2048 bytes below the hardware's: an old page, PROT_NONE and swap have hardware entry 0 while Linux's
/// says what they are (arch/arm/include/asm/pgtable-2level.h).
@frozen
public struct SoftwareEntries: BitwiseCopyable, Sendable {
  /// Linux's entry is at the hardware entry's address plus this; 0 where Linux has no entry of its own.
  public var offsetBytes: Int16
  /// Linux's entry covers this many bytes of hardware entries (ARM's pgd_t is a pair of words).
  public var groupByteCount: UInt8
  /// How Linux's entry reads; the rule's `reserved` is not used.
  public var present: EntryRule

  public init(offsetBytes: Int16, groupByteCount: UInt8, present: EntryRule) {
    self.offsetBytes = offsetBytes
    self.groupByteCount = groupByteCount
    self.present = present
  }

  /// Linux uses the hardware's entries.
  public static var none: SoftwareEntries {
    SoftwareEntries(offsetBytes: 0, groupByteCount: 0, present: .filler)
  }
}
