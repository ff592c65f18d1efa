import PageTableEditing
import PageTables

/// Frames that run out after a given number.
struct LimitedFrames: FrameSource {
  private var frames = SequentialFrames(from: PhysicalAddress(1 << 20), byteCount: 15 << 20)
  private let limit: Int

  var allocatedCount: Int { frames.allocatedCount }

  init(limit: Int) { self.limit = limit }

  mutating func allocate(sizeBits: UInt8) -> PhysicalAddress? {
    frames.allocatedCount < limit ? frames.allocate(sizeBits: sizeBits) : nil
  }

  mutating func free(_ address: PhysicalAddress, sizeBits: UInt8) {
    frames.free(address, sizeBits: sizeBits)
  }
}

/// Frames chosen one by one, whatever the size asked for.
struct ChosenFrames: FrameSource {
  private var chosen: [UInt64]
  private(set) var returned: [PhysicalAddress] = []

  init(_ chosen: [UInt64]) { self.chosen = chosen.reversed() }

  mutating func allocate(sizeBits: UInt8) -> PhysicalAddress? { chosen.popLast().map { PhysicalAddress($0) } }
  mutating func free(_ address: PhysicalAddress, sizeBits: UInt8) { returned.append(address) }
}
