import PageTables

/// Reads the notes of a core: one register set for each processor that was online, VMCOREINFO, and what
/// virtual machines add. kdump-compressed dumps carry the same notes.
enum ELFNotes {
  /// No more than this of the notes is read.
  static let limitBytes: UInt64 = 64 << 20
  /// A VMCOREINFO text beyond this is cut; the kernel's is a page or two.
  static let vmcoreinfoLimitBytes = 1 << 20
  /// Registers of at most this many processors are kept.
  static let processorLimit = 1 << 16

  /// Adds what the notes in `count` bytes at `start` say.
  static func read(
    _ contents: FileContents, at start: UInt64, count: UInt64, order: ByteOrder, into facts: inout ImageFacts
  ) {
    let (end, wraps) = start.addingReportingOverflow(min(count, limitBytes))
    guard !wraps else { return facts.note("the notes lie outside the file") }
    var place = start
    var sets = RegisterSets()
    // A note is a head of 12 bytes, then name and descriptor, each filled up to 4 bytes.
    while place < end, end - place >= 12 {
      guard let nameBytes = contents.load(UInt32.self, at: place, order),
        let descriptorBytes = contents.load(UInt32.self, at: place + 4, order),
        let type = contents.load(UInt32.self, at: place + 8, order)
      else {
        facts.isIncomplete = true
        facts.note("the file ends inside its notes at \(hexadecimal(place))")
        break
      }
      let descriptor = place + 12 + (UInt64(nameBytes) + 3) / 4 * 4
      let next = descriptor + (UInt64(descriptorBytes) + 3) / 4 * 4
      guard descriptor + UInt64(descriptorBytes) <= end else {
        facts.note("the note at \(hexadecimal(place)) is longer than the notes are")
        break
      }
      let name = contents.text(at: place + 12, count: Int(min(nameBytes, 32))) ?? ""
      let note = ELFNote(
        name: name, type: type, contents: contents, offset: descriptor, count: UInt64(descriptorBytes),
        order: order)
      if name == "VMCOREINFO" {
        let count = Int(min(note.count, UInt64(vmcoreinfoLimitBytes)))
        if let text = contents.text(at: descriptor, count: count) { facts.take(vmcoreinfo: text) }
      } else {
        sets.take(note, &facts)
      }
      place = next
    }
    facts.registers += sets.merged
  }
}

/// A note's name, type and the place of its descriptor.
struct ELFNote {
  let name: String
  let type: UInt32
  let contents: FileContents
  let offset: UInt64
  let count: UInt64
  let order: ByteOrder

  /// A number inside the descriptor.
  func load<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type, at place: UInt64) -> UInt64? {
    guard place + UInt64(MemoryLayout<Number>.size) <= count else { return nil }
    return contents.load(type, at: offset + place, order).map { UInt64(truncatingIfNeeded: $0) }
  }
}
