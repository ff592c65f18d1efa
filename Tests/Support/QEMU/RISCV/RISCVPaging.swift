/// What a RISC-V CPU must be told to translate.
public struct RISCVPaging: Sendable {
  /// The translation schemes, with `satp`'s mode numbers (privileged specification, section 4.1.11).
  public enum Mode: UInt64, Sendable {
    case sv32 = 1
    case sv39 = 8
    case sv48 = 9
    case sv57 = 10
  }

  public var mode: Mode
  /// The root table's physical address.
  public var root: UInt64
  /// Whether the CPU knows 64 KiB pages made of contiguous entries (Svnapot).
  public var hasNaturallyAlignedPages: Bool
  /// Whether the CPU knows memory types in entries (Svpbmt).
  public var hasPageMemoryTypes: Bool

  public init(
    mode: Mode, root: UInt64, hasNaturallyAlignedPages: Bool = true, hasPageMemoryTypes: Bool = true
  ) {
    self.mode = mode
    self.root = root
    self.hasNaturallyAlignedPages = hasNaturallyAlignedPages
    self.hasPageMemoryTypes = hasPageMemoryTypes
  }
}
