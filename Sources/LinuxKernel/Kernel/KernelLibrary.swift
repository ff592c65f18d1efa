import PageTables
import Synchronization

/// The kernel's symbols, read when somebody first asks: they cost some tens of milliseconds.
final class KernelLibrary: Sendable {
  private let memory: KernelMemory
  private let digitTokens: [PhysicalAddress]
  private let vmcoreinfo: VMCoreInfo?
  private let imageOffset: UInt64
  private let overrides: KernelOverrides
  private let found = Mutex<KernelSymbols??>(nil)

  init(
    _ memory: KernelMemory, scan: MemoryScan, vmcoreinfo: VMCoreInfo?, imageOffset: UInt64,
    overrides: KernelOverrides
  ) {
    self.memory = memory
    digitTokens = scan[.digitTokens]
    self.vmcoreinfo = vmcoreinfo
    self.imageOffset = imageOffset
    self.overrides = overrides
  }

  var symbols: KernelSymbols? {
    found.withLock { found in
      if let found { return found }
      let symbols = find()
      found = .some(symbols)
      return symbols
    }
  }

  private func find() -> KernelSymbols? {
    let search = Kallsyms.find(
      in: memory, digitTokens: digitTokens, vmcoreinfo: vmcoreinfo, imageOffset: imageOffset)
    let kallsyms = search.found.first
    guard let map = overrides.systemMap else {
      return kallsyms.map {
        KernelSymbols(table: $0.symbols, slide: 0, evidence: $0.evidence, notes: $0.gaps + $0.doubts)
      }
    }
    let slide = overrides.kernelOffset ?? slide(of: map, beside: kallsyms)
    var notes: [String] = []
    if slide == nil { notes.append("how far the kernel was moved is not known: --kernel-offset says it") }
    return KernelSymbols(
      table: map, slide: slide ?? 0,
      evidence: Evidence(.systemMap, "\(map.count) symbols, moved by \(hexadecimal(slide ?? 0))"),
      notes: notes)
  }

  /// How far a System.map's kernel was moved, by a symbol that VMCOREINFO or kallsyms knows too.
  private func slide(of map: SymbolTable, beside kallsyms: Kallsyms?) -> UInt64? {
    for name in ["_stext", "swapper_pg_dir", "init_uts_ns", "_text"] {
      guard let linked = map.address(of: name) else { continue }
      if let loaded = vmcoreinfo?.symbol(name) ?? kallsyms?.symbols.address(of: name) {
        return loaded &- linked
      }
    }
    return nil
  }
}

/// Symbols with their addresses as they are in the running kernel.
public struct KernelSymbols: Sendable {
  public let table: SymbolTable
  /// Added to every address of the table; 0 where it was read from memory.
  public let slide: UInt64
  public let evidence: Evidence
  /// What is missing or in doubt.
  public let notes: [String]

  /// The address of the symbol, or nil if there is none or several.
  public func address(of name: String) -> UInt64? { table.address(of: name).map { $0 &+ slide } }

  /// What lies at an address: `kernel_clone+0xbf`.
  public func describe(_ address: UInt64) -> String? { table.describe(address &- slide) }
}
