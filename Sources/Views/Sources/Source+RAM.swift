public import LinuxKernel
import MemoryImages
import PageTables

extension Source {
  /// The memory with the ranges of RAM that it has; of a machine that is no image, what its linear map covers.
  var kernelMemory: KernelMemory {
    if let told { return KernelMemory(memory, ranges: told.ram) }
    if let image { return KernelMemory(image) }
    if let machine {
      return KernelMemory(memory, ranges: machine.ranges.map { RAMRange(first: $0.start, last: $0.last) })
    }
    let ranges = linearMap.map { map in
      [RAMRange(first: map.physical, last: map.physical.advanced(byBytes: map.byteCount &- 1))]
    }
    return KernelMemory(memory, ranges: ranges ?? [])
  }

  /// Where there is RAM, ascending and disjoint: also what an image left out or lost is RAM.
  public var ram: [RAMRange] { kernelMemory.ram }
}
