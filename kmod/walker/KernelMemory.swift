import PagewalkKernel

/// Physical memory as the driver lends it: an entry at a time.
struct KernelMemory: PhysicalMemory {
  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count == 4 || count == 8 else { throw .unreadable }
    var entry: UInt64 = 0
    let status = pagewalk_read_entry(address.rawValue, UInt32(truncatingIfNeeded: count), &entry)
    let noSuchAddress: Int32 = -6  // ENXIO
    guard status == 0 else { throw status == noSuchAddress ? .outsideRAM : .unreadable }
    return withUnsafePointer(to: &entry) { bytes in
      // The first `count` of eight bytes: the machine is little-endian. With a constant the compiler sees
      // that the span's own check cannot fail, and leaves it out.
      body(RawSpan(_unsafeStart: UnsafeRawPointer(bytes), byteCount: count == 8 ? 8 : 4))
    }
  }
}
