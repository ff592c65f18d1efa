import PageTableEditing
import PageTables

extension Machine {
  /// A new address space without areas: `mm_alloc`, with `pgd_alloc` of the profile's architecture.
  ///
  /// It has what the kernel page table's top level holds at this instant; what the kernel adds there later,
  /// it lacks until somebody brings it.
  mutating func makeSpace() throws(MachineError) -> AddressSpace {
    let id = nextSpaceID
    frames.tableOwner = id
    let editor: PageTableEditor
    do throws(EditError) {
      editor = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &frames)
    } catch {
      frames.newTables.removeAll()
      throw .outOfFrames("the top table of an address space")
    }
    nextSpaceID += 1
    frames.newTables.removeAll()
    let space = AddressSpace(id: id, editor: editor, isolatedRoot: nil, levelCount: geometries.count)
    copyKernelHalf(to: space)
    space.vmallocSequence = kernel.vmallocSequence
    kernel.spaces.append(AddressSpaceReference(space: space))
    return space
  }

  /// Copies the master's top-level entries for kernel addresses. The tables that they name are shared.
  private mutating func copyKernelHalf(to space: AddressSpace) {
    let first: UInt64
    switch profile.kernelHalf {
    case .separateRoot: return
    case .copied(let address), .privateTable(let address, _): first = address
    }
    for entry in topEntries(from: first) {
      let word = load(kernel.root.lower.rawValue &+ entry, geometries[0])
      if word != 0 { store(word, at: space.root.lower.rawValue &+ entry, geometries[0]) }
    }
  }

  /// The offsets, in the top table, of the entries that serve `address` and all above it.
  func topEntries(from address: UInt64) -> StrideTo<UInt64> {
    let geometry = geometries[0]
    let region = profile.format.region(of: VirtualAddress(address))
    let bits = region?.firstIndexBits ?? geometry.indexBits
    let count: UInt64 = 1 << UInt64(bits)
    let index = (address >> UInt64(geometry.shift)) & (count - 1)
    let size: UInt64 = 1 << UInt64(geometry.entrySizeBits)
    return stride(from: index * size, to: count * size, by: UInt64.Stride(size))
  }
}
