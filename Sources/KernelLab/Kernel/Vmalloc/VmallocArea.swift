/// A stretch of kernel addresses whose frames need not be adjacent (`vm_struct` with its `vmap_area`).
public struct VmallocArea: Hashable, Sendable {
  /// What vfree does with the memory.
  public enum Kind: Hashable, Sendable {
    /// The area's own frames (`vmalloc`, `module_alloc`): freed with it.
    case allocated
    /// Somebody else's frames (`vmap`).
    case mapped
    /// A device's memory, or other physical addresses (`ioremap`).
    case device(physical: UInt64)
    /// The kernel's image, where it lies in vmalloc's range (AArch64): never freed.
    case image
  }

  /// The mapped addresses, without the guard page that follows.
  public var range: Range<UInt64>
  /// Who asked for it.
  public var owner: String
  /// Frame numbers, in order; empty for a device's.
  public var frames: [UInt64]
  public var kind: Kind
  /// log2 of the size of its leaves.
  public var leafSizeBits: UInt8

  public init(
    range: Range<UInt64>, owner: String, frames: [UInt64], kind: Kind = .allocated, leafSizeBits: UInt8 = 12
  ) {
    self.range = range
    self.owner = owner
    self.frames = frames
    self.kind = kind
    self.leafSizeBits = leafSizeBits
  }
}
