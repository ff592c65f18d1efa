public import LinuxKernel
import LiveMemory
import MemoryImages
import PageTables
import VirtualMachines

extension Source {
  /// The memory with the ranges of RAM that it has; of a machine that is no image, what its linear map covers.
  var kernelMemory: KernelMemory {
    if let told { return KernelMemory(memory, ranges: told.ram) }
    if let live, let memory = live.memory { return Self.kernelMemory(of: live, memory) }
    if let image { return KernelMemory(image) }
    if let virtualMachine {
      return KernelMemory(
        memory, ranges: virtualMachine.ranges.map { RAMRange(first: $0.start, last: $0.last) })
    }
    let ranges = linearMap.map { map in
      [RAMRange(first: map.physical, last: map.physical.advanced(byBytes: map.byteCount &- 1))]
    }
    return KernelMemory(memory, ranges: ranges ?? [])
  }

  /// Where there is RAM, ascending and disjoint: also what an image left out or lost is RAM.
  public var ram: [RAMRange] { kernelMemory.ram }
}
