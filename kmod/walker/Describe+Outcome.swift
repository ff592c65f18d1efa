import PagewalkKernel

extension Text {
  /// The last lines: page, physical address and value, or why there are none.
  func writeOutcome(of walk: UnsafePointer<pagewalk_walk>, pageSizeBits: UInt8) {
    switch Int(truncatingIfNeeded: walk.pointee.outcome) {
    case PAGEWALK_MAPPED:
      writePage(at: walk.pointee.physical, sizeBits: walk.pointee.page_shift)
      write(", ")
      writeRights(Access(rawValue: UInt8(truncatingIfNeeded: walk.pointee.access)))
      writeLine()
      writePlace(of: walk)
    case PAGEWALK_NOT_PRESENT:
      write("not mapped: ")
      writeState(of: walk)
      writeLine()
      guard walk.pointee.physical != 0 else { return }
      writePage(at: walk.pointee.physical, sizeBits: UInt32(pageSizeBits))
      write(", as Linux has it")
      writeLine()
      writePlace(of: walk)
    case PAGEWALK_NON_CANONICAL: writeStop("not mapped: the address is not canonical")
    case PAGEWALK_RESERVED_BITS:
      write("not mapped: bits that must be zero are set: ")
      writeSecret(walk.pointee.state_offset)
      writeLine()
    case PAGEWALK_TABLE_UNREADABLE: writeStop("not mapped: the table cannot be read")
    default: writeStop("not mapped: an invalid entry")
    }
  }

  private func writeStop(_ reason: StaticString) {
    write(reason)
    writeLine()
  }

  private func writePage(at physical: UInt64, sizeBits: UInt32) {
    write("page ")
    writeSecret(physical & ~((1 &<< UInt64(sizeBits & 63)) &- 1))
    write(", ")
    writeSize(bits: sizeBits)
  }

  /// The physical address, and the value there.
  private func writePlace(of walk: UnsafePointer<pagewalk_walk>) {
    write("physical ")
    writeSecret(walk.pointee.physical)
    writeLine()
    let count = walk.pointee.value_size
    guard count > 0, count <= 8 else { return writeStop("value not readable: no memory is there") }
    write("value ")
    writeSecret(walk.pointee.value)
    if !hidesAddresses {
      write(" (bytes")
      var index: UInt32 = 0
      while index < count {
        write(byte: 0x20)
        writeHexadecimal(byte: UInt8(truncatingIfNeeded: walk.pointee.value &>> UInt64(index &<< 3)))
        index &+= 1
      }
      write(")")
    }
    writeLine()
  }

  /// What Linux means by the entry at which the walk stopped.
  private func writeState(of walk: UnsafePointer<pagewalk_walk>) {
    switch Int(truncatingIfNeeded: walk.pointee.state) {
    case PAGEWALK_STATE_NONE: write("nothing there")
    case PAGEWALK_STATE_SWAP:
      write("swap, area ")
      writeDecimal(walk.pointee.state_type)
      write(" slot ")
      writeHexadecimal(walk.pointee.state_offset)
    case PAGEWALK_STATE_MIGRATION: writeFrame("being migrated, frame ", walk)
    case PAGEWALK_STATE_PROTECTION_NONE: writeFrame("PROT_NONE or a NUMA hint, frame ", walk)
    case PAGEWALK_STATE_OLD: writeFrame("old, until the next access, frame ", walk)
    case PAGEWALK_STATE_GUARD: write("guard marker")
    case PAGEWALK_STATE_POISON: write("hardware poison")
    case PAGEWALK_STATE_DEVICE: writeFrame("memory of a device, frame ", walk)
    case PAGEWALK_STATE_MARKER: write("marker")
    default: write("an entry of no known kind")
    }
  }

  private func writeFrame(_ words: StaticString, _ walk: UnsafePointer<pagewalk_walk>) {
    write(words)
    writeSecret(walk.pointee.state_offset)
  }
}
