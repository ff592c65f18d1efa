public import PageTables

/// What is known of a kernel before its regions are named. Only the master and the memory are needed;
/// whatever else there is makes names surer and adds owners.
///
/// Little-endian kernels only.
public struct RegionSearch: Sendable {
  public var format: PagingFormat
  /// `swapper_pg_dir`; where the halves have roots of their own, `upper` is the one that is read.
  public var master: PageTableRoot
  public var memory: KernelMemory
  /// The distances of the direct map and the image, where another method found them.
  public var pointers: KernelPointers?
  /// The values of VMCOREINFO by their full keys, such as `NUMBER(VMALLOC_START)`.
  public var vmcoreinfo: [String: String] = [:]
  /// A symbol's address (kallsyms, System.map).
  public var symbol: @Sendable (String) -> UInt64? = { _ in nil }
  /// What lies at an address of the kernel's text, as `kernel_clone+0xbf/0x430`.
  public var symbolName: @Sendable (UInt64) -> String? = { _ in nil }
  /// The offset of a structure's field, such as `vm_struct.caller` (BTF).
  public var fieldOffset: @Sendable (String) -> Int? = { _ in nil }
  /// Whether all RAM may be searched for vmalloc's records where no symbol leads to them.
  public var searchesRAM = false

  public init(format: PagingFormat, master: PageTableRoot, memory: KernelMemory) {
    self.format = format
    self.master = master
    self.memory = memory
  }

  /// Splits VMCOREINFO's text into its lines; the first of equal keys counts.
  public static func vmcoreinfo(_ text: String) -> [String: String] {
    var values: [String: String] = [:]
    for line in text.split(separator: "\n") {
      guard let sign = line.firstIndex(of: "=") else { continue }
      let key = String(line[..<sign])
      if values[key] == nil { values[key] = String(line[line.index(after: sign)...]) }
    }
    return values
  }

  /// The number behind a key of VMCOREINFO. SYMBOL, OFFSET aside, NUMBER may be decimal, negative, or
  /// hexadecimal with `0x`; SYMBOL is hexadecimal without it (kernel/vmcore_info.c, Linux 6.12).
  func number(_ key: String) -> UInt64? {
    guard let text = vmcoreinfo[key] else { return nil }
    if key.hasPrefix("SYMBOL(") { return UInt64(text, radix: 16) }
    if text.hasPrefix("0x") { return UInt64(text.dropFirst(2), radix: 16) }
    return UInt64(text) ?? Int64(text).map { UInt64(bitPattern: $0) }
  }

  /// The address of `name`, from kallsyms or VMCOREINFO.
  func address(ofSymbol name: String) -> (value: UInt64, evidence: Evidence)? {
    if let value = symbol(name) { return (value, Evidence(.kallsyms, name)) }
    if let value = number("SYMBOL(\(name))") { return (value, Evidence(.vmcoreinfo, "SYMBOL(\(name))")) }
    return nil
  }

  var reader: MasterReader { MasterReader(format: format, master: master, memory: memory) }
}
