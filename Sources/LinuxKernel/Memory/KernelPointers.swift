public import PageTables

/// How a kernel's pointers become physical addresses without a page table: the direct map and the kernel
/// image lie at constant distances from RAM.
public struct KernelPointers: Hashable, Sendable {
  /// 4 or 8.
  public var wordByteCount: Int
  /// Virtual minus physical address of the direct map (`PAGE_OFFSET` minus the start of RAM, KASLR
  /// included), modulo the word.
  public var directMapOffset: UInt64
  /// Virtual minus physical address of the kernel's image; the direct map's where the image lies in it.
  public var imageOffset: UInt64
  /// The image's pointers are told by their distance: they lie within this range of virtual addresses.
  public var image: ClosedRange<UInt64>

  public init(
    wordByteCount: Int, directMapOffset: UInt64, imageOffset: UInt64, image: ClosedRange<UInt64>
  ) {
    self.wordByteCount = wordByteCount
    self.directMapOffset = directMapOffset
    self.imageOffset = imageOffset
    self.image = image
  }

  var wordMask: UInt64 { wordByteCount == 4 ? 0xffff_ffff : .max }

  /// The physical address behind `pointer`, if it lies in the image or, in `memory`, in the direct map.
  public func physical(of pointer: UInt64, in memory: KernelMemory) -> PhysicalAddress? {
    if image.contains(pointer) {
      let address = PhysicalAddress((pointer &- imageOffset) & wordMask)
      if memory.contains(address) { return address }
    }
    let address = PhysicalAddress((pointer &- directMapOffset) & wordMask)
    return memory.contains(address) ? address : nil
  }

  /// The physical address that `pointer` names, if it lies between the first and the last byte of RAM. That
  /// memory may be missing from the source.
  public func target(of pointer: UInt64, in memory: KernelMemory) -> PhysicalAddress? {
    guard let extent = memory.extent else { return nil }
    if image.contains(pointer) {
      let address = PhysicalAddress((pointer &- imageOffset) & wordMask)
      if extent.contains(address) { return address }
    }
    let address = PhysicalAddress((pointer &- directMapOffset) & wordMask)
    return extent.contains(address) ? address : nil
  }

  /// The direct map's pointer to `address`.
  public func directMapPointer(to address: PhysicalAddress) -> UInt64 {
    (address.rawValue &+ directMapOffset) & wordMask
  }
}
