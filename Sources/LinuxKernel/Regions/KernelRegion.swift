public import PageTables

/// A stretch of the kernel's half of the address space with one purpose.
public struct KernelRegion: Hashable, Sendable {
  /// Linux's name for it: `linear map`, `vmalloc`, `modules`, `kernel text`.
  public var name: String
  public var first: VirtualAddress
  /// The last address, inclusive.
  public var last: VirtualAddress
  /// How the name and the borders were come by.
  public var evidence: Evidence
  /// Whose it is: a module's name, or the function that asked for the memory, as
  /// `kernel_clone+0xbf/0x430`.
  public var owner: String?
  /// What else is known: `ioremap of fed00000`, `4 pages`.
  public var detail: String?

  public init(
    name: String, first: VirtualAddress, last: VirtualAddress, evidence: Evidence, owner: String? = nil,
    detail: String? = nil
  ) {
    self.name = name
    self.first = first
    self.last = last
    self.evidence = evidence
    self.owner = owner
    self.detail = detail
  }

  /// The size; the whole 64-bit space reads as `UInt64.max`.
  public var byteCount: UInt64 {
    let difference = last.rawValue &- first.rawValue
    return difference == .max ? difference : difference &+ 1
  }

  public func contains(_ address: VirtualAddress) -> Bool { address >= first && address <= last }
}
