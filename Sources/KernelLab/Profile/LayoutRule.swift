/// How a kernel arranges its part of the address space, given the RAM.
public enum LayoutRule: Hashable, Sendable {
  /// i386: the linear map, a hole of 8 MiB, vmalloc, the temporary mappings at the top.
  ///
  /// `isOld`: vmalloc starts at high memory + 16 MiB rounded down to 8 MiB, and 896 MiB are mapped at most
  /// (before the change of VMALLOC_START; boot logs).
  case i386(isOld: Bool, fixmapStart: UInt64, hasPAE: Bool)
  /// ARM: modules (and pkmap) below PAGE_OFFSET, vmalloc above the linear map.
  case arm(vmallocEnd: UInt64, fixmap: ClosedRange<UInt64>, hasHighMemory: Bool)
  /// All places are fixed.
  case fixed(KernelLayout)
}
