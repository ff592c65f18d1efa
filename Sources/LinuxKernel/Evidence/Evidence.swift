/// Where a fact about a kernel comes from: the method, and one sentence of what it saw.
public struct Evidence: Hashable, Sendable {
  /// A rung of the ladder: how a fact was come by.
  public enum Method: String, Hashable, Sendable, CaseIterable {
    /// The user said so.
    case user
    /// The image's own header or notes.
    case image
    /// The running system says it of itself, in a file of `/proc` or `/sys`.
    case system
    /// A processor's registers.
    case registers
    /// VMCOREINFO, in a note or in memory.
    case vmcoreinfo
    /// The kernel's own symbol table in memory.
    case kallsyms
    /// A System.map file.
    case systemMap = "System.map"
    /// The kernel's own type information in memory.
    case btf = "BTF"
    /// The shape of data structures in memory.
    case shape
    /// The page tables themselves.
    case pageTables = "page tables"
    /// The kernel's version banner in memory.
    case banner
    /// Who made the memory says so: the lab.
    case lab
    /// What the architecture or every kernel's source fixes.
    case architecture
  }

  public var method: Method
  /// What was seen: `the list of tasks closes over 63 nodes`.
  public var detail: String

  public init(_ method: Method, _ detail: String) {
    self.method = method
    self.detail = detail
  }
}
