/// How a kernel arranges its part of the address space, given the RAM.
public enum LayoutRule: Hashable, Sendable {
  /// i386: the linear map, a hole of 8 MiB, vmalloc, the temporary mappings at the top.
  case i386(I386Layout)
  /// ARM: modules (and pkmap) below PAGE_OFFSET, vmalloc above the linear map.
  case arm(ARMLayout)
  /// All places are fixed but for the linear map's end, which follows the RAM.
  case fixed(KernelLayout)
}
