import PageTableEditing
import PageTables

/// One frame for one table.
struct SingleFrame: FrameSource {
  var address: PhysicalAddress?

  mutating func allocate(sizeBits: UInt8) -> PhysicalAddress? {
    defer { address = nil }
    return address
  }

  mutating func free(_ address: PhysicalAddress, sizeBits: UInt8) { self.address = address }
}
