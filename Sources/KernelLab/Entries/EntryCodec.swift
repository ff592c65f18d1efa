import PageTableEditing
import PageTables

/// Reads and writes Linux's page entries in one format: `mk_pte`, `pte_wrprotect`, `__swp_entry` and their
/// like.
///
/// All functions are a few operations with constant masks: they are on the path of every fault and of every
/// entry that `fork` copies.
struct EntryCodec: Sendable {
  let bits: LinuxEntryBits
  let notPresent: NotPresentTable
  /// The frame's bits in the word, and where they begin.
  private let frameMask: UInt64
  private let frameLowBit: UInt64
  /// The hardware's entry is another word (ARM's short descriptors).
  let hasHardwareWord: Bool

  /// - Precondition: the format's last level has leaves whose address is one run of bits, as that of every
  ///   profile has.
  init(_ bits: LinuxEntryBits, format: PagingFormat) {
    self.bits = bits
    notPresent = format.notPresent
    let level = format.level(format.levelCount - 1)
    let leaf = (0..<level.rules.count).map { level.rules[$0] }.first {
      $0.kind == .leaf && $0.sizeBits == format.pageSizeBits
    }
    let run = leaf?.address.first
    frameMask = leaf?.address.entryMask ?? 0
    frameLowBit = UInt64(run?.lowBit ?? 0)
    hasHardwareWord = level.software.offsetBytes != 0
  }

  // MARK: What an entry says

  /// Whether Linux takes the page for present (`pte_present`): PROT_NONE counts.
  @inline(__always)
  func isPresent(_ entry: PageEntry) -> Bool {
    isAccessible(entry) || isProtectionNone(entry)
  }

  /// Whether the processor may use it, as far as *young* does not forbid it.
  @inline(__always)
  func isAccessible(_ entry: PageEntry) -> Bool { entry.word & bits.presentMask == bits.present }

  @inline(__always)
  func isProtectionNone(_ entry: PageEntry) -> Bool {
    entry.word & bits.protectionNoneMask == bits.protectionNone
  }

  /// The frame's number, of a present entry.
  @inline(__always)
  func frame(of entry: PageEntry) -> UInt64 {
    var word = entry.word
    if bits.invertedFrameMask != 0, isProtectionNone(entry) { word ^= bits.invertedFrameMask }
    return (word & frameMask) &>> frameLowBit
  }

  @inline(__always)
  func isWritable(_ entry: PageEntry) -> Bool {
    entry.word & (bits.write | bits.readOnly) == bits.write && !isProtectionNone(entry)
  }

  @inline(__always)
  func isYoung(_ entry: PageEntry) -> Bool { entry.word & bits.young == bits.young }
  @inline(__always)
  func isDirty(_ entry: PageEntry) -> Bool { entry.word & bits.dirty == bits.dirty }

  // MARK: Making

  /// A present entry for a user page that is neither writable, young nor dirty (`mk_pte(page, vm_page_prot)`).
  @inline(__always)
  func entry(frame: UInt64, rights: AreaFlags) -> PageEntry {
    let address = (frame &<< frameLowBit) & frameMask
    guard rights.intersects(.anyAccess) else {
      return PageEntry(
        word: (bits.userPage & ~bits.protectionNoneMask | bits.protectionNone | bits.readOnly | bits.noExecute)
          | (address ^ bits.invertedFrameMask))
    }
    return PageEntry(
      word: bits.userPage | address | bits.readOnly | bits.writeTrap
        | (rights.contains(.execute) ? bits.execute : bits.noExecute))
  }

  /// The entry with the rights of another area flags value, keeping frame, *young* and *dirty*
  /// (`pte_modify`); not writable.
  @inline(__always)
  func modified(_ entry: PageEntry, rights: AreaFlags) -> PageEntry {
    var new = self.entry(frame: frame(of: entry), rights: rights)
    new.word |= entry.word & (bits.young | bits.dirty)
    return new
  }

  @inline(__always)
  func young(_ entry: PageEntry) -> PageEntry { PageEntry(word: entry.word | bits.young) }
  @inline(__always)
  func old(_ entry: PageEntry) -> PageEntry { PageEntry(word: entry.word & ~bits.young) }

  @inline(__always)
  func dirty(_ entry: PageEntry) -> PageEntry {
    var word = entry.word | bits.dirty
    if word & (bits.write | bits.readOnly) == bits.write { word &= ~bits.writeTrap }
    return PageEntry(word: word)
  }

  @inline(__always)
  func clean(_ entry: PageEntry) -> PageEntry {
    PageEntry(word: entry.word & ~bits.dirty | bits.writeTrap)
  }

  @inline(__always)
  func writable(_ entry: PageEntry) -> PageEntry {
    var word = entry.word & ~bits.readOnly | bits.write
    if word & bits.dirty == bits.dirty { word &= ~bits.writeTrap }
    return PageEntry(word: word)
  }

  @inline(__always)
  func writeProtected(_ entry: PageEntry) -> PageEntry {
    PageEntry(word: entry.word & ~bits.write | bits.readOnly | bits.writeTrap)
  }

  /// The same page in an entry of the level above the last, or nil if the architecture has no such leaf.
  func large(_ entry: PageEntry) -> PageEntry {
    PageEntry(word: entry.word & ~bits.largeClear | bits.largeSet)
  }

  func small(_ entry: PageEntry) -> PageEntry {
    PageEntry(word: entry.word & ~bits.largeSet | bits.largeClear)
  }

  /// The same entry for another frame.
  func replacingFrame(of entry: PageEntry, with frame: UInt64) -> PageEntry {
    let isInverted = bits.invertedFrameMask != 0 && isProtectionNone(entry)
    let address = (frame &<< frameLowBit) & frameMask
    return PageEntry(
      word: entry.word & ~frameMask | (isInverted ? (address ^ bits.invertedFrameMask) & frameMask : address))
  }

  // MARK: Not present

  /// What an entry that is not present says.
  func state(of entry: PageEntry) -> NotPresentState { notPresent.state(of: entry.word) }

  /// The entry of a swap slot, or nil if the format cannot hold it.
  func swap(type: UInt64, offset: UInt64) -> PageEntry? {
    notPresent.entry(for: NotPresentState(.swap, type: type, offset: offset)).map { PageEntry(word: $0) }
  }

  // MARK: Hardware

  /// The hardware's entry for Linux's word where they are two (`cpu_v7_set_pte_ext`, 6.1,
  /// `arch/arm/mm/proc-v7-2level.S`), for a user page.
  @inline(__always)
  func hardware(for entry: PageEntry) -> UInt64 {
    let word = entry.word
    guard word & 0x3 == 0x3, word & 0x800 == 0 else { return 0 }
    var hardware = (word & 0xffff_f000) | (word & 0x40c) | 0x812
    if word & 0x10 != 0 { hardware |= 0x40 }
    if (word ^ 0x40) & 0xc0 != 0 { hardware |= 0x200 }
    if word & 0x100 != 0 { hardware |= 0x20 }
    if word & 0x200 != 0 { hardware |= 0x1 }
    return hardware
  }
}
