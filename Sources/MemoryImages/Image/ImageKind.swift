/// The container that a memory image was recognised as.
public enum ImageKind: String, Hashable, Sendable, CaseIterable {
  /// An ELF core: `/proc/vmcore`, makedumpfile `-E`, QEMU, VirtualBox.
  case elf
  /// kdump-compressed or diskdump: makedumpfile, QEMU.
  case kdump
  /// LiME records, which AVML also writes when it does not compress.
  case lime
  /// AVML version 2: records compressed with Snappy.
  case avml
  /// Bytes without a header, placed by a base address or a list of ranges.
  case raw
}
