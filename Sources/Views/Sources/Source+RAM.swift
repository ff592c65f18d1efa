public import LinuxKernel
import MemoryImages
import PageTables

extension Source {
  /// Where there is RAM, ascending and disjoint: also what an image left out or lost is RAM.
  public var ram: [RAMRange] {
    if let told { return told.ram }
    guard let image else {
      return linearMap.map { map in
        [RAMRange(first: map.physical, last: map.physical.advanced(byBytes: map.byteCount &- 1))]
      } ?? []
    }
    return KernelMemory(image).ram
  }
}
