public import PageTables

/// An ELF core to be written: chosen pieces of a machine's memory, and beside them where there is RAM.
///
/// The file has class 64 and little-endian numbers, whatever the machine. RAM that is not kept is said to be
/// there all the same, as makedumpfile `-E` does it: a segment is larger in memory than in the file, and what
/// the file does not have was left out (``ImageRange/State/excluded``), not zero.
public struct ELFCore: Sendable {
  /// A stretch of physical memory, inclusive.
  public typealias Stretch = ClosedRange<PhysicalAddress>

  /// The machine; `EM_NONE` is written where it is not known, or a 64-bit header cannot name it.
  public var machine: ImageArchitecture.Machine?
  /// One set a processor. Of a set are written: program counter, stack pointer, code segment or program status,
  /// and x86's control registers. What else processors hold are data of programs.
  public var registers: [CPURegisters] = []
  /// The text of the VMCOREINFO note.
  public var vmcoreinfo: String?
  /// Where there is RAM: ascending and disjoint.
  public var ram: [Stretch]
  /// What of it is kept: ascending and disjoint, each inside one stretch of RAM.
  public var kept: [Stretch]

  public init(ram: [Stretch], kept: [Stretch]) {
    self.ram = ram
    self.kept = kept
  }

  /// A PT_LOAD: so much memory at that address, of which the file has the first bytes.
  struct Segment {
    var start: UInt64
    var memoryBytes: UInt64
    var fileBytes: UInt64
  }

  /// The segments: a new one begins with each stretch of RAM and with each stretch that is kept.
  var segments: [Segment] {
    var segments: [Segment] = []
    var index = 0
    for range in ram {
      let (first, last) = (range.lowerBound.rawValue, range.upperBound.rawValue)
      var next = first
      while index < kept.count, kept[index].upperBound.rawValue < first { index += 1 }
      while index < kept.count, kept[index].lowerBound.rawValue <= last {
        let start = max(kept[index].lowerBound.rawValue, next)
        let end = min(kept[index].upperBound.rawValue, last)
        guard start <= end else { break }
        if next < start {
          segments.append(Segment(start: next, memoryBytes: start - next, fileBytes: 0))
        }
        let count = end - start + 1
        // Up to the next stretch that is kept, or the end of RAM.
        let following = index + 1 < kept.count ? kept[index + 1].lowerBound.rawValue : .max
        let stop = following <= last ? max(following - 1, end) : last
        segments.append(Segment(start: start, memoryBytes: stop - start + 1, fileBytes: count))
        next = stop < .max ? stop + 1 : stop
        index += 1
      }
      if next == first, last >= first {
        segments.append(Segment(start: first, memoryBytes: last - first + 1, fileBytes: 0))
      }
    }
    return segments
  }

  /// Everything before the first segment's bytes.
  func head(_ segments: [Segment]) -> [UInt8] {
    let notes = notes
    let count = segments.count + 1
    // PN_XNUM: a larger count stands in section 0's sh_info (gABI, "ELF Header", e_phnum).
    let isExtended = count >= 0xffff
    let table = 64 + (isExtended ? 64 : 0)
    let notesAt = table + 56 * count
    let end = Self.dataOffset(segmentCount: segments.count, notesBytes: notes.count)
    var out = LittleEndianBytes()
    out.bytes += [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    out.put(4 as UInt16)
    out.put(machine?.elfMachine ?? 0)
    out.put(1 as UInt32)
    out.put(0 as UInt64)
    out.put(UInt64(table))
    out.put(isExtended ? 64 as UInt64 : 0)
    out.put(0 as UInt32)
    for half in [64, 56, isExtended ? 0xffff : UInt16(count), 64, isExtended ? 1 : 0, 0] as [UInt16] {
      out.put(half)
    }
    if isExtended {
      out.bytes += [UInt8](repeating: 0, count: 44)
      out.put(UInt32(truncatingIfNeeded: count))
      out.bytes += [UInt8](repeating: 0, count: 16)
    }
    func header(_ type: UInt32, _ offset: UInt64, _ address: UInt64, _ fileBytes: UInt64, _ bytes: UInt64) {
      out.put(type)
      out.put(0 as UInt32)
      for word in [offset, 0, address, fileBytes, bytes, 0] { out.put(word) }
    }
    header(4, UInt64(notesAt), 0, UInt64(notes.count), UInt64(notes.count))
    var offset = UInt64(end)
    for segment in segments {
      header(1, offset, segment.start, segment.fileBytes, segment.memoryBytes)
      offset += segment.fileBytes
    }
    out.bytes += notes
    out.bytes += [UInt8](repeating: 0, count: end - out.bytes.count)
    return out.bytes
  }

  private static func dataOffset(segmentCount: Int, notesBytes: Int) -> Int {
    let count = segmentCount + 1
    return (64 + (count >= 0xffff ? 64 : 0) + 56 * count + notesBytes + 4095) & ~4095
  }

  /// Gives the file's bytes, piece by piece.
  ///
  /// - Parameters:
  ///   - read: copies bytes of memory; at most a megabyte is asked for at a time.
  ///   - put: takes the next bytes of the file.
  /// - Throws: what `read` and `put` throw.
  public func write(
    reading read: (_ address: PhysicalAddress, _ count: Int) throws(ImageError) -> [UInt8],
    to put: (_ bytes: [UInt8]) throws(ImageError) -> Void
  ) throws(ImageError) {
    let segments = segments
    try put(head(segments))
    for segment in segments {
      var done: UInt64 = 0
      while done < segment.fileBytes {
        let count = Int(min(segment.fileBytes - done, 1 << 20))
        try put(try read(PhysicalAddress(segment.start + done), count))
        done += UInt64(count)
      }
    }
  }
}
