import PageTables

/// Reads an ELF core: `/proc/vmcore`, makedumpfile `-E`, QEMU `dump-guest-memory`, VirtualBox.
///
/// What counts of a PT_LOAD is its physical address; a dump taken with paging has virtual ones beside. A tail
/// that is in memory but not in the file was left out by a filter: it is excluded, not zero.
struct ELFReader {
  private(set) var memory = MappedMemory.empty
  private(set) var facts = ImageFacts()

  init(_ contents: FileContents) throws(ImageError) {
    let header = try ELFHeader(of: contents)
    guard header.type == 4 else {
      throw contents.error(
        .unsupported, at: 16, "an ELF file of type \(header.type); a memory image is a core, type 4")
    }
    if let machine = ImageArchitecture.Machine(elfMachine: header.machine, is64Bit: header.is64Bit) {
      facts.architecture = ImageArchitecture(machine: machine, byteOrder: header.order)
    } else {
      facts.note("the ELF header names machine \(header.machine), which is not known here")
    }
    facts.fileWordBits = header.is64Bit ? 64 : 32
    let segments = try Self.programHeaders(contents, header)
    var builder = SegmentBuilder()
    var withoutAddress = 0
    for segment in segments where segment.type == 1 {
      if segment.physicalAddress == .max {
        withoutAddress += 1
      } else {
        try take(segment, contents, &builder)
      }
    }
    if withoutAddress > 0 {
      facts.note("\(withoutAddress) segments have no physical address and are left out")
    }
    guard builder.count > 0 else {
      throw contents.error(
        .malformed, at: header.programHeaderOffset, "an ELF core without a segment of physical memory",
        advice: "Xen's dump-core files, which use sections, are not read")
    }
    memory = builder.build([contents.store])

    var left = ELFNotes.limitBytes
    for segment in segments where segment.type == 4 {
      let count = min(segment.fileBytes, left)
      ELFNotes.read(contents, at: segment.offset, count: count, order: header.order, into: &facts)
      left -= count
    }
    if facts.isFromQEMU,
      segments.contains(where: {
        $0.type == 1 && $0.virtualAddress != 0 && $0.virtualAddress != $0.physicalAddress
      })
    {
      facts.note(
        "taken with paging: only what the processors had mapped is here, and other RAM looks like no RAM")
    }
    // DUMP_ELF_INCOMPLETE of makedumpfile.
    if header.flags & 1 != 0 {
      facts.isIncomplete = true
      facts.note("the ELF header says that the dump is incomplete")
    }
  }

  private static func programHeaders(
    _ contents: FileContents, _ header: ELFHeader
  ) throws(ImageError) -> [ELFProgramHeader] {
    let needed: UInt64 = header.is64Bit ? 56 : 32
    guard header.programHeaderCount <= ELFHeader.programHeaderLimit else {
      throw contents.error(
        .limit, at: header.is64Bit ? 56 : 44,
        "\(header.programHeaderCount) program headers; at most \(ELFHeader.programHeaderLimit) are read")
    }
    guard header.programHeaderCount == 0 || header.programHeaderBytes >= needed else {
      throw contents.error(
        .malformed, at: header.is64Bit ? 54 : 42,
        "program headers of \(header.programHeaderBytes) bytes; expected \(needed)")
    }
    // At most 2^20 times 2^16.
    let tableBytes = header.programHeaderCount * header.programHeaderBytes
    guard tableBytes <= contents.count, header.programHeaderOffset <= contents.count - tableBytes else {
      throw contents.error(
        .truncated, at: header.programHeaderOffset,
        "the file ends before the \(header.programHeaderCount) program headers",
        advice: "the copy of the file may be cut short")
    }
    var headers: [ELFProgramHeader] = []
    for index in 0..<header.programHeaderCount {
      let place = header.programHeaderOffset + index * header.programHeaderBytes
      guard let found = ELFProgramHeader(of: contents, at: place, header: header) else {
        throw contents.error(.truncated, at: place, "program header \(index) is not in the file")
      }
      headers.append(found)
    }
    return headers
  }

  private mutating func take(
    _ segment: ELFProgramHeader, _ contents: FileContents, _ builder: inout SegmentBuilder
  ) throws(ImageError) {
    let start = segment.physicalAddress
    let size = max(segment.memoryBytes, segment.fileBytes)
    guard size > 0 else { return }
    var last = start &+ (size - 1)
    if last < start {
      last = .max
      facts.note("the segment at \(hexadecimal(start)) runs past 2^64 and is cut there")
    }
    if segment.fileBytes > 0 {
      let held = start + min(last - start, segment.fileBytes - 1)
      if try !builder.add(start...held, in: contents, at: segment.offset) {
        facts.isIncomplete = true
        facts.note("the file ends inside the segment at \(hexadecimal(start))")
      }
      if held < last { builder.add((held + 1)...last, .excluded) }
    } else {
      builder.add(start...last, .excluded)
    }
  }
}
