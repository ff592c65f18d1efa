public import PageTables

/// The symbol table that a kernel carries in its own read-only data (`CONFIG_KALLSYMS`), as it was found in
/// memory (Linux, scripts/kallsyms.c and kernel/kallsyms.c, 2.6 to 7.2).
public struct Kallsyms: Sendable {
  /// How a symbol's address is written.
  public enum Encoding: String, Hashable, Sendable, CaseIterable {
    /// One word a symbol (`kallsyms_addresses`; up to 4.5, and later without `KALLSYMS_BASE_RELATIVE`); since
    /// 7.0 also in 32-bit kernels that cannot be relocated.
    case absolute
    /// 32 bits to be added to `kallsyms_relative_base` (4.6 to 6.19).
    case relativeToBase = "relative to a base"
    /// The same, but not negative numbers are addresses themselves, those of per-CPU variables, and negative
    /// ones count down from the base (`KALLSYMS_ABSOLUTE_PERCPU`; 4.6 to 6.14, x86-64 with SMP).
    case relativeToBasePerCPU = "relative to a base, but for per-CPU symbols"
    /// 32 signed bits to be added to the place where they stand (since 7.0).
    case relativeToPlace = "relative to its own place"
  }

  /// Where the table of addresses stands.
  public enum Order: String, Hashable, Sendable, CaseIterable {
    /// Before the number of symbols and the names (up to 6.3).
    case addressesFirst = "addresses before names"
    /// Behind the index of tokens (since 6.4).
    case addressesLast = "addresses behind tokens"
  }

  /// The physical addresses of the parts, by the names of their symbols.
  public struct Parts: Hashable, Sendable {
    /// `kallsyms_addresses` or `kallsyms_offsets`.
    public var addresses: PhysicalAddress
    /// `kallsyms_relative_base`.
    public var relativeBase: PhysicalAddress?
    /// `kallsyms_num_syms`.
    public var symbolCount: PhysicalAddress
    /// `kallsyms_names`.
    public var names: PhysicalAddress
    /// `kallsyms_markers`.
    public var markers: PhysicalAddress
    /// `kallsyms_token_table`.
    public var tokenTable: PhysicalAddress
    /// `kallsyms_token_index`.
    public var tokenIndex: PhysicalAddress
  }

  public var symbols: SymbolTable
  public var parts: Parts
  public var encoding: Encoding
  public var order: Order
  /// How many symbols the kernel's table has; ``symbols`` has fewer if pages are missing.
  public var symbolCount: Int
  /// Whether lengths of names may take two bytes (Linux 6.1).
  public var hasLongLengths: Bool
  /// Virtual minus physical address of the kernel's image, modulo 2⁶⁴, if something told it.
  public var imageOffset: UInt64?
  /// Whether the addresses in ``symbols`` are physical: they are written relative to their place, and nothing
  /// told where the image lies in virtual memory.
  public var hasPhysicalAddresses: Bool
  /// What is missing and why, in sentences; empty if the table is whole.
  public var gaps: [String]
  /// What disagrees with VMCOREINFO, in sentences.
  public var doubts: [String]
  /// What was recognised and what confirms it.
  public var evidence: Evidence
}
