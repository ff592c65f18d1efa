import PageTableEditing
import PageTables

extension Machine {
  /// Boots `profile` with as much RAM as it says: makes the kernel page table, as `paging_init` and its like
  /// do, with the linear map in the largest leaves that Linux uses there.
  ///
  /// Nothing is random: the kernel lies where a kernel without KASLR does.
  public static func boot(_ profile: Profile) throws(BootError) -> Machine {
    try profile.validate()
    let layout = try KernelLayout(profile)
    let memory: SparseMemory
    do {
      memory = try SparseMemory(base: PhysicalAddress(profile.ramBase), byteCount: profile.ramByteCount)
    } catch {
      throw .refusedByHost(byteCount: profile.ramByteCount)
    }
    return try boot(profile, layout, memory)
  }

  private static func boot(
    _ profile: Profile, _ layout: KernelLayout, _ ram: consuming SparseMemory
  ) throws(BootError) -> Machine {
    let format = EditingFormat(profile.format)
    var frames = FrameAllocator(
      firstFrame: profile.ramBase >> UInt64(profile.format.pageSizeBits),
      pageSizeBits: profile.format.pageSizeBits, zones: layout.zones(profile))
    for range in profile.availableFrames { frames.makeAvailable(range) }
    let roots = try KernelRoots(profile, format: format, frames: &frames)
    guard let zero = frames.allocate(zone: .normal, kind: .zero) else {
      throw .badRAM(byteCount: profile.ramByteCount, reason: "no frame for the page of zeros")
    }
    frames[zero].flags.insert(.unevictable)
    var machine = Machine(
      profile, layout: layout, format: format, memory: ram, frames: frames,
      kernel: Kernel(
        editor: PageTableEditor(format: format, root: roots.kernel), isolatedRoot: roots.user, layout: layout,
        profile: profile),
      zeroFrame: zero)
    try machine.mapKernel()
    return machine
  }

  private init(
    _ profile: Profile, layout: KernelLayout, format: EditingFormat, memory: consuming SparseMemory,
    frames: FrameAllocator, kernel: Kernel, zeroFrame: UInt64
  ) {
    constants = MachineConstants(profile, layout: layout, format: format)
    self.memory = memory
    self.frames = frames
    self.kernel = kernel
    self.zeroFrame = zeroFrame
    highMemory = HighMemory(layout, profile)
    swap = SwapSpace(exclusiveMask: profile.swapExclusiveMask)
    let geometries = (0..<profile.format.levelCount).map { profile.format.geometry($0) }
    self.geometries = geometries
    regions = profile.format.regions.elements
    leaves = geometries.indices.map { LeafRules(depth: $0, format: format, profile: profile) }
    rightsCache = RightsCache(levelCount: geometries.count)
    tableGroupCounts = geometries.indices.map {
      UInt64(max(1, profile.format.level($0).allocation.tableCount))
    }
    tableSpanBits = geometries.indices.map { depth in
      guard depth > 0 else { return 64 }
      let group = UInt64(max(1, profile.format.level(depth).allocation.tableCount))
      return UInt64(geometries[depth - 1].shift) + UInt64(group.trailingZeroBitCount)
    }
    plainTableBits = geometries.indices.map {
      format.tableAccessBits(depth: $0) & geometries[$0].tableAccessMask
    }
    cpus = (0..<profile.cpuCount).map { CPU(index: $0, root: kernel.root, tlb: profile.tlb) }
  }
}

extension Profile {
  /// The frames, counted from RAM's first, that are neither the kernel's image nor the firmware's.
  ///
  /// A PC keeps the first MiB; elsewhere all that lies before the image's end is kept.
  var availableFrames: [Range<Int>] {
    let bits = UInt64(format.pageSizeBits)
    let all = Int(ramByteCount >> bits)
    let end = min(all, Int(image.end >> bits))
    guard architecture == .x86 else { return [end..<all] }
    let first = min(all, Int((1 << 20) >> bits))
    return [first..<max(first, min(all, Int(image.offset >> bits))), end..<all]
  }
}
