import PageTableEditing
import PageTables

extension Machine {
  /// The master's mappings that exist from boot on, and its tables that are made in advance.
  mutating func mapKernel() throws(BootError) {
    do throws(EditError) {
      try mapRAM()
      try mapImage()
      try makeTablesInAdvance()
      try mapEntryArea()
      try mapVectors()
      try makeUserCopy()
    } catch {
      if case .outOfFrames = error.problem {
        throw .badRAM(byteCount: profile.ramByteCount, reason: "too little for the kernel's own tables")
      }
      throw .badProfile(name: profile.name, reason: "the kernel page table cannot be written: \(error)")
    }
    noteKernelTables()
  }

  /// How pages of the kernel are written; what the format cannot forbid, it allows.
  func template(_ access: Access) throws(EditError) -> LeafTemplate {
    let sizes = format.leafSizes.filter { $0 <= profile.largestLinearSizeBits }
    let isExact = sizes.allSatisfy { format.canExpress(access, sizeBits: $0) }
    let nearest = format.nearestAccess(to: access, sizeBits: profile.format.pageSizeBits) ?? .kernel
    return try format.template(isExact ? access : nearest, profile.kernelAttributes)
  }

  private mutating func map(
    _ range: Range<UInt64>, to physical: UInt64, _ access: Access
  ) throws(EditError) {
    guard !range.isEmpty else { return }
    try kernel.editor.mapRange(
      VirtualAddress(range.lowerBound), to: PhysicalAddress(physical),
      byteCount: range.upperBound &- range.lowerBound, largestSizeBits: profile.largestLinearSizeBits,
      as: template(access), in: &memory, frames: &frames)
  }

  // MARK: RAM

  static var data: Access { [.kernelRead, .kernelWrite] }
  static var text: Access { [.kernelRead, .kernelExecute] }
  static var readOnly: Access { [.kernelRead] }

  /// The linear map. Where it holds the image, the image's rights are those of the text; where it has an alias
  /// of it, nothing can be written there that could be executed elsewhere (`mark_rodata_ro`,
  /// `mark_linear_text_alias_ro`).
  private mutating func mapRAM() throws(EditError) {
    guard !profile.hasLinearSegment else { return }
    let image = profile.image
    let start = layout.linear.lowerBound
    let end = layout.linear.upperBound
    func place(_ offset: UInt64) -> UInt64 { min(end, start &+ offset) }
    guard image.isProtected else {
      return try map(start..<end, to: layout.physicalOffset, .kernel)
    }
    let isAlias = image.virtualStart != nil
    let parts: [(to: UInt64, access: Access)] = [
      (place(image.offset), Self.data),
      (place(image.offset &+ image.textByteCount), isAlias ? Self.readOnly : Self.text),
      (place(image.offset &+ image.textByteCount &+ image.readOnlyByteCount), Self.readOnly),
      (end, Self.data),
    ]
    var first = start
    for part in parts where part.to > first {
      try map(first..<part.to, to: first &- start &+ layout.physicalOffset, part.access)
      first = part.to
    }
  }

  /// The image, where it is not in the linear map.
  private mutating func mapImage() throws(EditError) {
    let image = profile.image
    guard let start = image.virtualStart else { return }
    let physical = profile.ramBase &+ image.offset
    let readOnly = start &+ image.textByteCount
    let data = readOnly &+ image.readOnlyByteCount
    guard image.isProtected else { return try map(start..<layout.image.upperBound, to: physical, .kernel) }
    try map(start..<readOnly, to: physical, Self.text)
    try map(readOnly..<data, to: physical &+ image.textByteCount, Self.readOnly)
    try map(
      data..<layout.image.upperBound, to: physical &+ image.textByteCount &+ image.readOnlyByteCount,
      Self.data)
  }

  // MARK: Single pages

  /// Maps a page of the kernel's own to a new frame.
  private mutating func mapNewPage(
    _ address: UInt64, _ access: Access, attributes: EntryAttributes? = nil
  ) throws(EditError) {
    guard let frame = frames.allocate(zone: .normal, kind: .kernel) else {
      throw EditError(.outOfFrames(sizeBits: profile.format.pageSizeBits))
    }
    let page: LeafTemplate
    if let attributes { page = try format.template(access, attributes) } else { page = try template(access) }
    try kernel.editor.map(
      VirtualAddress(address), to: PhysicalAddress(frame << pageSizeBits),
      sizeBits: profile.format.pageSizeBits, as: page, in: &memory, frames: &frames)
  }

  /// What a processor needs before it has the kernel's own table: its tables of segments and of interrupts,
  /// the first stack (`setup_cpu_entry_areas`, `arch/x86/mm/cpu_entry_area.c`).
  private mutating func mapEntryArea() throws(EditError) {
    let area = layout.cpuEntryArea
    guard !area.isEmpty else { return }
    let rule = CPUEntryArea(isLong: format.paging.addressBits == 64)
    let nearest: (Access) -> Access = { [format] access in
      format.nearestAccess(to: access, sizeBits: 12) ?? .kernel
    }
    // Global even with isolation: user mode has them, too.
    var attributes = EntryAttributes.standard
    attributes.fields.append(.init("global"))
    try mapNewPage(area.lowerBound, nearest(Self.readOnly), attributes: attributes)
    for cpu in cpus.indices {
      let start = area.lowerBound &+ 4096 &+ UInt64(cpu) &* rule.strideBytes
      for page in rule.pages where start &+ page.offset < area.upperBound {
        try mapNewPage(
          start &+ page.offset, nearest(page.isWritable ? Self.data : Self.readOnly), attributes: attributes)
      }
    }
  }

  /// ARM's vectors, which user mode may execute (the helpers at their end), and the stubs behind them
  /// (`devicemaps_init`, `arch/arm/mm/mmu.c`).
  private mutating func mapVectors() throws(EditError) {
    guard !layout.vectors.isEmpty else { return }
    let first = layout.vectors.lowerBound
    try mapNewPage(first, [.kernelRead, .kernelExecute, .userRead, .userExecute])
    try mapNewPage(first &+ pageByteCount, Self.text)
  }
}

/// The pages of one processor's part of cpu_entry_area, as Debian's 6.1 has them (read from its tables).
struct CPUEntryArea {
  /// From one processor's part to the next's (CPU_ENTRY_AREA_SIZE), and the pages in it.
  var strideBytes: UInt64
  var pages: [(offset: UInt64, isWritable: Bool)]

  /// - Parameter isLong: x86-64: segments and the task's state are read-only, five pages, then pairs of
  ///   pages for the stacks of exceptions with a guard before each; else all can be written.
  init(isLong: Bool) {
    let writable = isLong ? [1, 8, 9, 11, 12, 14, 15, 17, 18] : [0, 2, 4, 5, 6, 7, 8, 9]
    let readOnly = isLong ? [0, 2, 3, 4, 5, 6] : []
    strideBytes = isLong ? 0x3b000 : 50 << 12
    pages = (writable.map { ($0, true) } + readOnly.map { ($0, false) }).sorted { $0.0 < $1.0 }
      .map { (UInt64($0.0) << 12, $0.1) }
  }
}
