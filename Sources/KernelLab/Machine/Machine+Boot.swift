import PageTableEditing
import PageTables

extension Machine {
  /// Boots `profile` with as much RAM as it says: makes the kernel page table, as `paging_init` and its like
  /// do, with the linear map in the largest leaves that the processor has.
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
    let pageSizeBits = profile.format.pageSizeBits
    var frames = FrameAllocator(
      firstFrame: profile.ramBase >> UInt64(pageSizeBits), pageSizeBits: pageSizeBits,
      zones: layout.zones(profile))
    // The kernel's image comes first, in the lowest frames.
    let imageFrames = Int(Self.imageByteCount >> UInt64(pageSizeBits))
    frames.makeAvailable(imageFrames..<frames.frameCount)
    var memory = ram
    let editor: PageTableEditor
    do throws(EditError) {
      editor = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &frames)
    } catch {
      throw .badRAM(byteCount: profile.ramByteCount, reason: "no frame for the kernel page table: \(error)")
    }
    guard let zero = frames.allocate(zone: .normal, kind: .zero) else {
      throw .badRAM(byteCount: profile.ramByteCount, reason: "no frame for the page of zeros")
    }
    var machine = Machine(
      profile, layout: layout, format: format, memory: memory, frames: frames,
      kernel: Kernel(editor: editor), zeroFrame: zero)
    try machine.mapKernel()
    return machine
  }

  private init(
    _ profile: Profile, layout: KernelLayout, format: EditingFormat, memory: consuming SparseMemory,
    frames: FrameAllocator, kernel: Kernel, zeroFrame: UInt64
  ) {
    self.profile = profile
    self.layout = layout
    self.format = format
    self.memory = memory
    self.frames = frames
    self.kernel = kernel
    self.zeroFrame = zeroFrame
    codec = EntryCodec(profile.linuxEntryBits, format: profile.format)
    let geometries = (0..<profile.format.levelCount).map { profile.format.geometry($0) }
    self.geometries = geometries
    leaves = geometries.indices.map { LeafReader(depth: $0, format: format) }
    plainTableBits = geometries.indices.map {
      format.tableAccessBits(depth: $0) & geometries[$0].tableAccessMask
    }
    cpus = (0..<profile.cpuCount).map { CPU(index: $0, root: kernel.root, tlb: profile.tlb) }
  }

  /// What the kernel's code and data take at the start of RAM.
  static var imageByteCount: UInt64 { 16 << 20 }

  /// The master's mappings that exist from boot on.
  private mutating func mapKernel() throws(BootError) {
    do {
      var attributes = EntryAttributes.standard
      if profile.globalPages, profile.architecture == .x86 { attributes.fields.append(.init("global")) }
      let pages = try format.template(profile.linearMapAccess, attributes)
      try kernel.editor.mapRange(
        VirtualAddress(layout.linear.lowerBound), to: PhysicalAddress(layout.physicalOffset),
        byteCount: layout.linear.upperBound &- layout.linear.lowerBound,
        largestSizeBits: profile.largestLinearSizeBits, as: pages, in: &memory, frames: &frames)
    } catch {
      throw .badProfile(name: profile.name, reason: "the linear map cannot be written: \(error)")
    }
    frames.newTables.removeAll()
  }
}

extension Profile {
  /// Checks what the machine takes for granted.
  func validate() throws(BootError) {
    func require(_ condition: Bool, _ reason: String) throws(BootError) {
      if !condition { throw .badProfile(name: name, reason: reason) }
    }
    let blockMask = (UInt64(1) << (UInt64(format.pageSizeBits) + 10)) - 1
    try require(cpuCount > 0 && cpuCount <= 64, "\(cpuCount) processors: 1 to 64")
    try require(
      tlb.entryCount > 0 && tlb.entryCount & (tlb.entryCount - 1) == 0 && tlb.entryCount <= 1 << 20,
      "a TLB of \(tlb.entryCount) entries: a power of two up to 2^20")
    try require(
      tlb.wayCount > 0 && tlb.wayCount & (tlb.wayCount - 1) == 0 && tlb.wayCount <= min(tlb.entryCount, 64),
      "a TLB of \(tlb.wayCount) ways: a power of two up to 64, and no more than entries")
    try require(ramBase & blockMask == 0, "RAM begins at \(String(ramBase, radix: 16)): not a multiple of the largest block")
    try require(
      ramByteCount & ((1 << UInt64(format.pageSizeBits)) - 1) == 0, "RAM is not a whole number of pages")
    guard ramByteCount >= 32 << 20 else {
      throw .badRAM(byteCount: ramByteCount, reason: "the kernel and its tables need 32 MiB")
    }
    guard ramByteCount <= 1 << 40, ramBase <= 1 << 44 else {
      throw .badRAM(byteCount: ramByteCount, reason: "1 TiB at most")
    }
  }
}
