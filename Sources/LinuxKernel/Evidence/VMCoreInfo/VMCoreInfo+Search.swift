public import PageTables

extension VMCoreInfo {
  /// How many pages are looked at; a scan sees one or two.
  private static let pageLimit = 256

  /// The texts that stand in memory at `pages`, where a scan saw `OSRELEASE=` at the beginning of a page.
  ///
  /// A place counts if it names a release and a page size; the format string of the kernel's own code and
  /// fragments do not. More than one answer is a kernel's copy of its text, or a second kernel.
  public static func find(
    in memory: KernelMemory, pages: [PhysicalAddress]
  ) -> [(address: PhysicalAddress, info: VMCoreInfo)] {
    pages.prefix(pageLimit).compactMap { page in
      let info = VMCoreInfo(text: text(at: page, in: memory))
      guard let release = info.release, !release.isEmpty, !release.contains("%"), info.pageSizeBytes != nil
      else { return nil }
      return (page, info)
    }
  }

  /// The printable text that begins at `address`. The kernel limits it to one page, of at most 64 KiB; it
  /// may fill the page and so need not end in a zero.
  private static func text(at address: PhysicalAddress, in memory: KernelMemory) -> String {
    var text: [UInt8] = []
    while text.count < 64 << 10 {
      let here = address.advanced(byBytes: UInt64(text.count))
      guard let page = memory.bytes(at: here, count: 4096 - Int(here.rawValue & 4095)) else { break }
      let part = page.prefix { $0 == 10 || (32..<127).contains($0) }
      text += part
      if part.count < page.count { break }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
