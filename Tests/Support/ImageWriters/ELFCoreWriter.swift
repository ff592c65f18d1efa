/// Writes small ELF cores, with the freedoms that real writers take.
public struct ELFCoreWriter: Sendable {
  /// A PT_LOAD.
  public struct Segment: Sendable {
    public var virtualAddress: UInt64 = 0
    public var physicalAddress: UInt64
    /// `p_memsz`; nil is the size of the data.
    public var memoryBytes: UInt64?
    /// `p_filesz`, if it is to differ from the data's size.
    public var claimedFileBytes: UInt64?
    /// `p_offset`, if it is to differ from where the data goes.
    public var claimedOffset: UInt64?
    public var data: [UInt8]

    public init(_ physicalAddress: UInt64, _ data: [UInt8], memoryBytes: UInt64? = nil) {
      self.physicalAddress = physicalAddress
      self.data = data
      self.memoryBytes = memoryBytes
    }
  }

  /// Where the program headers are.
  public enum Arrangement: Sendable {
    /// Right behind the ELF header.
    case usual
    /// Two section headers between, and an `e_ehsize` of 8.
    case qemu
  }

  public var is64Bit = true
  public var isBigEndian = false
  public var type: UInt16 = 4
  public var machine: UInt16 = 62
  public var flags: UInt32 = 0
  public var arrangement = Arrangement.usual
  /// PN_XNUM: the count in section 0's sh_info.
  public var hasExtendedCount = false
  public var claimedCount: UInt32?
  public var claimedTableOffset: UInt64?
  public var notes: [UInt8] = []
  public var segments: [Segment] = []

  public init() {}

  /// The file.
  public func bytes() -> [UInt8] {
    let headerBytes = is64Bit ? 64 : 52
    let sectionBytes = is64Bit ? 64 : 40
    let entryBytes = is64Bit ? 56 : 32
    let sections = arrangement == .qemu ? 2 : hasExtendedCount ? 1 : 0
    let table = headerBytes + sections * sectionBytes
    let count = segments.count + (notes.isEmpty ? 0 : 1)
    var place = table + count * entryBytes
    var out = ByteWriter(bigEndian: isBigEndian)
    func address(_ value: UInt64, _ out: inout ByteWriter) {
      if is64Bit { out.put(value) } else { out.put(UInt32(truncatingIfNeeded: value)) }
    }
    out.put([0x7f, 0x45, 0x4c, 0x46, is64Bit ? 2 : 1, isBigEndian ? 2 : 1, 1])
    out.pad(to: 16)
    out.put(type)
    out.put(machine)
    out.put(UInt32(1))
    address(0, &out)
    address(claimedTableOffset ?? UInt64(table), &out)
    address(sections > 0 ? UInt64(headerBytes) : 0, &out)
    out.put(flags)
    out.put(UInt16(arrangement == .qemu ? 8 : headerBytes))
    out.put(UInt16(entryBytes))
    out.put(hasExtendedCount ? 0xffff : UInt16(truncatingIfNeeded: claimedCount ?? UInt32(count)))
    out.put(UInt16(sectionBytes))
    out.put(UInt16(sections))
    out.put(UInt16(0))
    if hasExtendedCount {
      out.patch(claimedCount ?? UInt32(count), at: headerBytes + (is64Bit ? 44 : 28))
    }
    out.pad(to: table)
    func entry(
      type: UInt32, offset: UInt64, virtual: UInt64, physical: UInt64, file: UInt64, memory: UInt64
    ) {
      out.put(type)
      if is64Bit { out.put(UInt32(7)) }
      for value in [offset, virtual, physical, file, memory] { address(value, &out) }
      if !is64Bit { out.put(UInt32(7)) }
      address(0, &out)
    }
    if !notes.isEmpty {
      entry(
        type: 4, offset: UInt64(place), virtual: 0, physical: 0, file: UInt64(notes.count),
        memory: UInt64(notes.count))
      place += notes.count
    }
    for segment in segments {
      let file = segment.claimedFileBytes ?? UInt64(segment.data.count)
      entry(
        type: 1, offset: segment.claimedOffset ?? UInt64(place), virtual: segment.virtualAddress,
        physical: segment.physicalAddress, file: file, memory: segment.memoryBytes ?? file)
      place += segment.data.count
    }
    out.put(notes)
    for segment in segments { out.put(segment.data) }
    return out.bytes
  }

  /// One note.
  public static func note(
    _ name: String, type: UInt32, _ descriptor: [UInt8], bigEndian: Bool = false, terminated: Bool = true
  ) -> [UInt8] {
    var out = ByteWriter(bigEndian: bigEndian)
    let name = Array(name.utf8) + (terminated ? [0] : [])
    out.put(UInt32(name.count))
    out.put(UInt32(descriptor.count))
    out.put(type)
    out.put(name)
    out.pad(to: (out.bytes.count + 3) / 4 * 4)
    out.put(descriptor)
    out.pad(to: (out.bytes.count + 3) / 4 * 4)
    return out.bytes
  }

  /// A descriptor of `count` bytes with numbers at places.
  public static func descriptor(_ count: Int, words: [Int: UInt32] = [:], longs: [Int: UInt64] = [:])
    -> [UInt8]
  {
    var out = ByteWriter()
    for (place, value) in words { out.patch(value, at: place) }
    for (place, value) in longs { out.patch(value, at: place) }
    out.pad(to: count)
    return Array(out.bytes.prefix(count))
  }
}
