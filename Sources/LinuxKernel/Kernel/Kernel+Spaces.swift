public import PageTables

extension Kernel {
  /// The last address that belongs to processes.
  ///
  /// Where the format divides the space in halves it is the lower half's; in a 32-bit space the linear map
  /// begins behind it, and on ARM the 16 MiB before that are the kernel's as well (`TASK_SIZE`,
  /// arch/arm/include/asm/memory.h).
  public var lastUserAddress: VirtualAddress {
    guard pointers.wordByteCount == 4 else { return format.region(0).last }
    guard let linear = linearMap?.first else { return VirtualAddress(0xbfff_ffff) }
    return VirtualAddress(linear.rawValue &- (isARM ? 16 << 20 : 0) &- 1)
  }

  /// The first address of the kernel's.
  public var firstKernelAddress: VirtualAddress {
    pointers.wordByteCount == 4
      ? VirtualAddress(lastUserAddress.rawValue &+ 1) : format.region(format.regionCount - 1).first
  }

  /// How ``firstKernelAddress`` is known.
  public var firstKernelAddressEvidence: Evidence {
    guard pointers.wordByteCount == 4 else { return Evidence(.architecture, "\(format.name) has two halves") }
    guard let linear = linearMap?.first else { return Evidence(.architecture, "the usual split") }
    let border = "the direct map begins at \(hexadecimalDigits(linear.rawValue))"
    return Evidence(.shape, isARM ? border + "; ARM's kernel addresses begin 16 MiB below" : border)
  }

  private var isARM: Bool { "\(format.name)".hasPrefix("arm") }

  /// The linear map: RAM as the kernel's own pointers name it.
  public var linearMap: (first: VirtualAddress, physical: PhysicalAddress, byteCount: UInt64)? {
    guard let first = memory.ram.first?.first, let last = memory.last else { return nil }
    let start = pointers.directMapPointer(to: first)
    var byteCount = last.rawValue - first.rawValue + 1
    // A 32-bit kernel maps what fits; what the linear map leaves out is high memory.
    if pointers.wordByteCount == 4 { byteCount = min(byteCount, (1 << 32) - start) }
    return (VirtualAddress(start), first, byteCount)
  }
}
