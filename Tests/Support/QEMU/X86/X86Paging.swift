/// What an x86 CPU must be told to translate.
public struct X86Paging: Sendable {
  /// The paging modes (Intel SDM volume 3, section 4.1.1).
  public enum Mode: Sendable, CaseIterable {
    /// 32-bit paging, 4 MiB pages and PSE-36 included.
    case twoLevel
    case pae
    case fourLevel
    case fiveLevel
  }

  public var mode: Mode
  /// The root table's physical address: what CR3 holds, without its flags.
  public var root: UInt64
  /// Bits of an entry's address at and above this one are reserved.
  public var physicalAddressBits: Int

  public init(mode: Mode, root: UInt64, physicalAddressBits: Int = 52) {
    self.mode = mode
    self.root = root
    self.physicalAddressBits = physicalAddressBits
  }
}
