import PageTables

/// What Linux means by the bits of a page's entry, for one architecture: the masks behind `pte_write`,
/// `pte_mkdirty` and their like, as data.
///
/// The *Linux word* is the entry that these bits are in: the hardware's own, but for ARM's short
/// descriptors, where Linux's stands beside the hardware's and `hardware(for:)` derives the latter.
///
/// Sources: `arch/x86/include/asm/pgtable_types.h`, `arch/arm/include/asm/pgtable-2level.h`,
/// `arch/arm/mm/proc-v7-2level.S` and `proc-v7-3level.S`, `arch/arm64/include/asm/pgtable-prot.h`,
/// `arch/riscv/include/asm/pgtable-bits.h`, `arch/alpha/include/asm/pgtable.h` of Linux 6.1.
struct LinuxEntryBits: Sendable, BitwiseCopyable {
  /// A user page that may be read, without frame, *young* and *dirty*.
  var userPage: UInt64
  /// Bits that are set where the page may be executed, and bits that are set where it may not.
  var execute: UInt64
  var noExecute: UInt64
  /// Bits that are set where the page may be written, and bits that are set where it may not.
  var write: UInt64
  var readOnly: UInt64
  var young: UInt64
  var dirty: UInt64
  /// Set for the hardware unless the page is writable and dirty, so that the first write is noticed.
  var writeTrap: UInt64 = 0
  /// What makes a leaf of the level above the last: bits to set and to clear.
  var largeSet: UInt64 = 0
  var largeClear: UInt64 = 0
  /// The bits that say "present" to the hardware, and what they are in a present entry.
  var presentMask: UInt64
  var present: UInt64
  /// PROT_NONE: in its place, these bits; the frame is inverted where the mask says so.
  var protectionNone: UInt64
  var protectionNoneMask: UInt64
  var invertedFrameMask: UInt64 = 0
  /// An entry of a kernel page at the same level (not for user mode) has these bits cleared.
  var userBits: UInt64
}

extension LinuxEntryBits {
  static func x86(hasNoExecute: Bool, frameMask: UInt64) -> LinuxEntryBits {
    LinuxEntryBits(
      userPage: 0x5, execute: 0, noExecute: hasNoExecute ? 1 << 63 : 0, write: 0x2, readOnly: 0, young: 0x20,
      dirty: 0x40, largeSet: 0x80, presentMask: 0x1, present: 0x1, protectionNone: 0x100,
      protectionNoneMask: 0x101, invertedFrameMask: hasNoExecute ? frameMask : 0, userBits: 0x4)
  }

  /// Linux's words of short descriptors: normal memory, write-allocate, shared.
  static var arm: LinuxEntryBits {
    LinuxEntryBits(
      userPage: 0x51d, execute: 0, noExecute: 1 << 9, write: 0, readOnly: 1 << 7, young: 1 << 1,
      dirty: 1 << 6, presentMask: 0x801, present: 0x1, protectionNone: 0x801, protectionNoneMask: 0x801,
      userBits: 1 << 8)
  }

  static var armLPAE: LinuxEntryBits {
    LinuxEntryBits(
      userPage: 0xb43 | 7 << 2, execute: 0, noExecute: 1 << 54, write: 0, readOnly: 1 << 58, young: 1 << 10,
      dirty: 1 << 55, writeTrap: 1 << 7, largeClear: 0x2, presentMask: 1 << 57 | 0x1, present: 0x1,
      protectionNone: 1 << 57, protectionNoneMask: 1 << 57 | 0x1, userBits: 1 << 6)
  }

  static var arm64: LinuxEntryBits {
    LinuxEntryBits(
      userPage: 0xb43 | 1 << 53, execute: 0, noExecute: 1 << 54, write: 1 << 51, readOnly: 0,
      young: 1 << 10, dirty: 1 << 55, writeTrap: 1 << 7, largeClear: 0x2, presentMask: 1 << 58 | 0x1,
      present: 0x1, protectionNone: 1 << 58, protectionNoneMask: 1 << 58 | 0x1, userBits: 1 << 6)
  }

  static var riscv: LinuxEntryBits {
    LinuxEntryBits(
      userPage: 0x13, execute: 0x8, noExecute: 0, write: 0x4, readOnly: 0, young: 0x40, dirty: 0x80,
      presentMask: 0x1, present: 0x1, protectionNone: 0x20, protectionNoneMask: 0x21, userBits: 0x10)
  }

  static var alpha: LinuxEntryBits {
    LinuxEntryBits(
      userPage: 0x1, execute: 0, noExecute: 0x8, write: 0, readOnly: 0x4, young: 0x4_0300, dirty: 0x2_3000,
      presentMask: 0x3, present: 0x1, protectionNone: 0xf, protectionNoneMask: 0xf, userBits: 0x2200)
  }
}
