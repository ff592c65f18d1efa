import PageTableEditing
import PageTables

/// Hands out the frames that the transcript names, then others.
struct ChosenFrames: FrameSource {
  var chosen: [PhysicalAddress]
  var others: SequentialFrames

  mutating func allocate(sizeBits: UInt8) -> PhysicalAddress? {
    chosen.isEmpty ? others.allocate(sizeBits: sizeBits) : chosen.removeFirst()
  }

  mutating func free(_ address: PhysicalAddress, sizeBits: UInt8) {
    others.free(address, sizeBits: sizeBits)
  }
}
