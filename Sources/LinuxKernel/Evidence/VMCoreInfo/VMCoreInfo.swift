/// What a kernel tells crash dump tools about itself: `key=value` lines
/// (Linux, kernel/crash_core.c, since 6.9 kernel/vmcore_info.c).
///
/// It holds addresses of a few symbols, a few offsets, the page size; no offsets of `task_struct` or
/// `mm_struct`.
public struct VMCoreInfo: Sendable {
  /// The lines as they stand, the empty ones left out.
  public let lines: [Substring]
  private let values: [Substring: Substring]

  /// Reads a text; of lines with the same key the last one counts, lines without `=` are kept unread.
  public init(text: String) {
    lines = text.split(whereSeparator: { $0 == "\n" || $0 == "\0" })
    var values: [Substring: Substring] = [:]
    for line in lines {
      guard let equals = line.firstIndex(of: "=") else { continue }
      values[line[..<equals]] = line[line.index(after: equals)...]
    }
    self.values = values
  }

  /// The value of `key`, as it stands.
  public func value(_ key: String) -> String? { values[key[...]].map(String.init) }

  /// The kernel's release, such as `6.1.0-50-amd64`.
  public var release: String? { value("OSRELEASE") }
  /// The size of a page, a power of two.
  public var pageSizeBytes: Int? {
    value("PAGESIZE").flatMap { Int($0) }.flatMap { $0 > 0 && $0 & ($0 - 1) == 0 ? $0 : nil }
  }

  /// The virtual address of a symbol: `SYMBOL(name)`, hexadecimal without `0x`.
  public func symbol(_ name: String) -> UInt64? {
    value("SYMBOL(\(name))").flatMap { UInt64($0, radix: 16) }
  }

  /// A number: `NUMBER(name)`, decimal, or hexadecimal with `0x`. Addresses come as the bits that they are.
  public func number(_ name: String) -> Int64? {
    guard let text = value("NUMBER(\(name))") else { return nil }
    if text.hasPrefix("0x") { return UInt64(text.dropFirst(2), radix: 16).map { Int64(bitPattern: $0) } }
    return Int64(text) ?? UInt64(text).map { Int64(bitPattern: $0) }
  }

  /// The offset of a structure's member in bytes, such as that of `list_head.next`: `OFFSET(name)`.
  public func offset(_ member: String) -> Int? { value("OFFSET(\(member))").flatMap { Int($0) } }
  /// The size of a structure in bytes: `SIZE(name)`.
  public func size(_ structure: String) -> Int? { value("SIZE(\(structure))").flatMap { Int($0) } }
  /// The length of an array in elements: `LENGTH(name)`.
  public func length(_ array: String) -> Int? { value("LENGTH(\(array))").flatMap { Int($0) } }
  /// Whether the kernel was configured with `CONFIG_name`. Only few options are listed, so "no" may mean
  /// that the kernel does not say.
  public func hasConfig(_ name: String) -> Bool { value("CONFIG_\(name)") == "y" }

  /// How far KASLR moved the kernel's image in virtual addresses: `KERNELOFFSET`, hexadecimal without `0x`.
  public var kernelOffset: UInt64? { value("KERNELOFFSET").flatMap { UInt64($0, radix: 16) } }

  /// Virtual minus physical address of the kernel's image, modulo 2⁶⁴, where the kernel says it.
  ///
  /// x86-64 gives `phys_base`, the physical address of the virtual 0xffff_ffff_8000_0000
  /// (`__START_KERNEL_map`, arch/x86/include/asm/page_64_types.h); arm64 and RISC-V give the distance itself
  /// (`kimage_voffset`, `va_kernel_pa_offset`).
  public var imageOffset: UInt64? {
    if let base = number("phys_base") { return 0xffff_ffff_8000_0000 &- UInt64(bitPattern: base) }
    let distance = number("kimage_voffset") ?? number("va_kernel_pa_offset")
    return distance.map { UInt64(bitPattern: $0) }
  }
}
