import PageTables

/// Reads kdump-compressed (KDUMP, versions 1 to 6) and diskdump files, whole or as the parts of a split set.
struct KdumpReader {
  let source: KdumpPages
  private(set) var facts = ImageFacts()

  init(_ files: [FileContents]) throws(ImageError) {
    guard files.count <= 1 << 12 else {
      throw ImageError(.limit, path: files[0].path, "more than 4096 files of a split set")
    }
    var parts: [KdumpPart] = []
    for file in files { parts.append(try KdumpPart(file)) }
    try Self.check(parts)
    parts.sort { $0.frames.lowerBound < $1.frames.lowerBound }
    source = KdumpPages(parts)
    let header = parts[0].header
    facts.fileWordBits = header.layout == .wide ? 64 : 32
    if let machine = ImageArchitecture.Machine(utsname: header.machine) {
      facts.architecture = ImageArchitecture(machine: machine, byteOrder: header.order)
    } else {
      facts.note("the header names the machine '\(header.machine)', which is not known here")
    }
    if header.version > 6 {
      facts.note("header version \(header.version) is read like version 6")
    }
    takeNotes(of: parts)
    if facts.kernelRelease == nil, !header.release.isEmpty, header.release != "Unknown" {
      facts.kernelRelease = header.release
    }
    noteWhatIsMissing(parts)
  }

  private mutating func takeNotes(of parts: [KdumpPart]) {
    // The parts of a set repeat them.
    guard let part = parts.first(where: { $0.header.notes != nil || $0.header.vmcoreinfo != nil }) else {
      return
    }
    if let notes = part.header.notes {
      ELFNotes.read(
        part.contents, at: notes.lowerBound, count: notes.upperBound - notes.lowerBound,
        order: part.header.order, into: &facts)
    }
    if let place = part.header.vmcoreinfo,
      let text = part.contents.text(
        at: place.lowerBound,
        count: Int(min(place.upperBound - place.lowerBound, UInt64(ELFNotes.vmcoreinfoLimitBytes))))
    {
      facts.take(vmcoreinfo: text)
    }
  }

  /// The parts of a set have equal headers but for the frames they hold.
  private static func check(_ parts: [KdumpPart]) throws(ImageError) {
    let first = parts[0]
    for part in parts.dropFirst() {
      guard part.header.part != nil, first.header.part != nil else {
        let whole = part.header.part == nil ? part : first
        throw whole.contents.error(
          .options, at: nil, "this dump is not a part of a split set", advice: "name it alone")
      }
      guard part.header.blockBytes == first.header.blockBytes,
        part.header.frameCount == first.header.frameCount, part.header.order == first.header.order,
        part.header.release == first.header.release, part.header.dumpLevel == first.header.dumpLevel
      else {
        throw part.contents.error(
          .options, at: nil, "its header differs from that of \(first.contents.path)",
          advice: "name the parts of one dump only")
      }
    }
  }

  private mutating func noteWhatIsMissing(_ parts: [KdumpPart]) {
    let header = parts[0].header
    if parts.contains(where: { $0.isIncomplete }) {
      facts.isIncomplete = true
      facts.note("the header says that the dump is incomplete")
    }
    if !header.hasTwoBitmaps {
      facts.note(
        "the dump has one bitmap: excluded frames cannot be told from frames that are not RAM")
    }
    var expected: UInt64 = 0
    for part in parts {
      if part.frames.lowerBound > expected { missing(expected..<part.frames.lowerBound, header) }
      expected = max(expected, part.frames.upperBound)
    }
    if expected < header.frameCount { missing(expected..<header.frameCount, header) }
    for part in parts {
      guard let last = part.lastDescriptor else { continue }
      let end = last.map { $0.offset.addingReportingOverflow(UInt64($0.storedBytes)) }
      if end.map({ $0.overflow || $0.partialValue > part.contents.count }) ?? true {
        facts.isIncomplete = true
        facts.note("\(part.contents.path) ends before its last page")
      }
    }
  }

  private mutating func missing(_ frames: Range<UInt64>, _ header: KdumpHeader) {
    facts.isIncomplete = true
    // Below 2^54: the frame limit times the largest block.
    let start = frames.lowerBound * header.blockBytes
    let end = frames.upperBound * header.blockBytes
    facts.note(
      "no file has \(hexadecimal(start)) to \(hexadecimal(end)); name the other parts of the split set"
    )
  }
}
