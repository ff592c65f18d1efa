import PageTables

/// The part of the headers that grew with the versions; see ``KdumpHeader`` for the table.
struct KdumpSubHeader {
  private(set) var layout: KdumpHeader.Layout
  private(set) var dumpLevel: UInt32?
  private(set) var part: Range<UInt64>?
  private(set) var vmcoreinfo: Range<UInt64>?
  private(set) var notes: Range<UInt64>?
  private(set) var frameCount: UInt64

  /// Reads what the version has. A range that wraps or that the file ends before is absent.
  init(
    _ contents: FileContents, at base: UInt64, isWide: Bool, order: ByteOrder, machine: String,
    version: UInt32?, frames: UInt64
  ) {
    frameCount = frames
    layout = isWide ? .wide : .padded32
    func word(_ place: UInt64) -> UInt64? {
      contents.load(UInt32.self, at: base + place, order).map(UInt64.init)
    }
    func long(_ place: UInt64) -> UInt64? { contents.load(UInt64.self, at: base + place, order) }
    func size(_ place: UInt64) -> UInt64? { isWide ? long(place) : word(place) }
    if !isWide {
      // The machine's name decides where it is known; else the layout whose 64-bit frame count agrees.
      let known = ImageArchitecture.Machine(utsname: machine)
      if known == .x86 || (known == nil && version ?? 0 >= 6 && long(72) == frames && long(88) != frames) {
        layout = .packed32
      }
    }
    guard let version else { return }
    func pick(_ packed: UInt64, _ padded: UInt64, _ wide: UInt64) -> UInt64 {
      switch layout {
      case .packed32: packed
      case .padded32: padded
      case .wide: wide
      }
    }
    func range(_ offset: UInt64?, _ count: UInt64?) -> Range<UInt64>? {
      guard let offset, let count, count > 0, offset <= contents.count, count <= contents.count - offset
      else {
        return nil
      }
      return offset..<(offset + count)
    }
    if version >= 1 { dumpLevel = word(pick(4, 4, 8)).map { UInt32($0) } }
    if version >= 3 { vmcoreinfo = range(long(pick(20, 24, 32)), size(pick(28, 32, 40))) }
    if version >= 4 { notes = range(long(pick(32, 40, 48)), size(pick(40, 48, 56))) }
    if version >= 6, let wide = long(pick(72, 88, 96)), wide != 0 { frameCount = wide }
    if version >= 2, let split = word(pick(8, 8, 12)), split != 0 {
      let start = version >= 6 ? long(pick(56, 72, 80)) : size(pick(12, 12, 16))
      let end = version >= 6 ? long(pick(64, 80, 88)) : size(pick(16, 16, 24))
      if let start, let end, start <= end { part = start..<end }
    }
  }
}
