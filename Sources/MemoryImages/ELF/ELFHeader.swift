import PageTables

/// The header of an ELF file, either width, either byte order (System V gABI, chapter 4; elf.h).
struct ELFHeader {
  let is64Bit: Bool
  let order: ByteOrder
  let type: UInt16
  let machine: UInt16
  let flags: UInt32
  /// Where the program headers are. They need not follow the ELF header: QEMU puts its sections between, and
  /// states a header size of 8.
  let programHeaderOffset: UInt64
  let programHeaderBytes: UInt64
  let programHeaderCount: UInt64

  /// More program headers than this are refused.
  static let programHeaderLimit: UInt64 = 1 << 20

  init(of contents: FileContents) throws(ImageError) {
    guard let ident = contents.array(at: 0, count: 16), let type = contents.load(UInt8.self, at: 4, .little)
    else { throw contents.error(.truncated, at: 0, "the file ends in its ELF header") }
    guard type == 1 || type == 2, ident[5] == 1 || ident[5] == 2 else {
      throw contents.error(
        .malformed, at: 4, "ELF class \(ident[4]) and data encoding \(ident[5]); expected 1 or 2 for each")
    }
    let is64Bit = ident[4] == 2
    let order: ByteOrder = ident[5] == 1 ? .little : .big
    func half(_ narrow: UInt64, _ wide: UInt64) -> UInt64? {
      contents.load(UInt16.self, at: is64Bit ? wide : narrow, order).map(UInt64.init)
    }
    func word(_ narrow: UInt64, _ wide: UInt64) -> UInt64? {
      contents.load(UInt32.self, at: is64Bit ? wide : narrow, order).map(UInt64.init)
    }
    func address(_ narrow: UInt64, _ wide: UInt64) -> UInt64? {
      is64Bit ? contents.load(UInt64.self, at: wide, order) : word(narrow, narrow)
    }
    guard let elfType = half(16, 16), let machine = half(18, 18), let flags = word(36, 48),
      let tableOffset = address(28, 32), let sectionOffset = address(32, 40),
      let entryBytes = half(42, 54), let entryCount = half(44, 56), half(50, 62) != nil
    else { throw contents.error(.truncated, at: 16, "the file ends in its ELF header") }
    self.is64Bit = is64Bit
    self.order = order
    self.type = UInt16(elfType)
    self.machine = UInt16(machine)
    self.flags = UInt32(flags)
    programHeaderOffset = tableOffset
    programHeaderBytes = entryBytes
    guard entryCount == 0xffff else {
      programHeaderCount = entryCount
      return
    }
    // PN_XNUM: the count did not fit and is in section 0's sh_info (gABI, "ELF Header", e_phnum).
    let (infoOffset, wraps) = sectionOffset.addingReportingOverflow(is64Bit ? 44 : 28)
    guard sectionOffset != 0, !wraps, let count = contents.load(UInt32.self, at: infoOffset, order) else {
      throw contents.error(
        .malformed, at: is64Bit ? 56 : 44,
        "the count of program headers is in section 0 (PN_XNUM), which is not in the file")
    }
    programHeaderCount = UInt64(count)
  }
}

/// A program header.
struct ELFProgramHeader {
  let type: UInt32
  let offset: UInt64
  let virtualAddress: UInt64
  let physicalAddress: UInt64
  let fileBytes: UInt64
  let memoryBytes: UInt64

  /// The one at `place`; nil if the file ends before.
  init?(of contents: FileContents, at place: UInt64, header: ELFHeader) {
    let order = header.order
    guard let type = contents.load(UInt32.self, at: place, order) else { return nil }
    self.type = type
    if header.is64Bit {
      guard let offset = contents.load(UInt64.self, at: place &+ 8, order),
        let virtual = contents.load(UInt64.self, at: place &+ 16, order),
        let address = contents.load(UInt64.self, at: place &+ 24, order),
        let fileBytes = contents.load(UInt64.self, at: place &+ 32, order),
        let memoryBytes = contents.load(UInt64.self, at: place &+ 40, order)
      else { return nil }
      self.offset = offset
      virtualAddress = virtual
      physicalAddress = address
      self.fileBytes = fileBytes
      self.memoryBytes = memoryBytes
    } else {
      guard let offset = contents.load(UInt32.self, at: place &+ 4, order),
        let virtual = contents.load(UInt32.self, at: place &+ 8, order),
        let address = contents.load(UInt32.self, at: place &+ 12, order),
        let fileBytes = contents.load(UInt32.self, at: place &+ 16, order),
        let memoryBytes = contents.load(UInt32.self, at: place &+ 20, order)
      else { return nil }
      self.offset = UInt64(offset)
      virtualAddress = UInt64(virtual)
      // All ones says "no physical address", at either width.
      physicalAddress = address == .max ? .max : UInt64(address)
      self.fileBytes = UInt64(fileBytes)
      self.memoryBytes = UInt64(memoryBytes)
    }
  }
}
