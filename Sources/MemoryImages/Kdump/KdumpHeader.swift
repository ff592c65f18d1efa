import PageTables

/// The headers of a kdump-compressed or diskdump file.
///
/// Everything is in units of the block size: main header (1 block), sub-header, bitmaps, page descriptors,
/// pages. Byte order and word size are the target's and are said nowhere, so each combination is tried and
/// must make sense.
///
/// | main header | 32-bit | 64-bit |
/// |---|---|---|
/// | signature, version, six names of 65 bytes | 0, 8, 12 | same |
/// | status, block size, sub-header blocks, bitmap blocks, frame count | 412 on, 4 bytes each | 424 on |
///
/// | sub-header (since version) | 32-bit packed | 32-bit padded | 64-bit |
/// |---|---|---|---|
/// | physical base (0), dump level (1), split (2) | 0, 4, 8 | 0, 4, 8 | 0, 8, 12 |
/// | first and end frame of a split part (2) | 12, 16 | 12, 16 | 16, 24 |
/// | VMCOREINFO offset, size (3); notes offset, size (4) | 20, 28; 32, 40 | 24, 32; 40, 48 | 32, 40; 48, 56 |
/// | first, end and count of frames, 64 bits (6) | 56, 64, 72 | 72, 80, 88 | 80, 88, 96 |
///
/// The sub-header's physical base is not read: QEMU writes a wrong one (it takes the decimal number of
/// VMCOREINFO for a hexadecimal one). Nor are the counts of blocks: QEMU and makedumpfile leave them 0.
struct KdumpHeader: Sendable {
  /// How the writer's compiler laid out its structures.
  enum Layout: Hashable {
    /// i386: 64-bit numbers on 4-byte borders.
    case packed32
    /// ARM and others: 64-bit numbers on 8-byte borders.
    case padded32
    case wide
  }

  let layout: Layout
  let order: ByteOrder
  let version: UInt32
  /// Flags of the whole dump; 8 is DUMP_DH_COMPRESSED_INCOMPLETE.
  let status: UInt32
  let blockBytes: UInt64
  let bitmapStart: UInt64
  let bitmapBytes: UInt64
  /// Frames, present or not, from address 0 on.
  let frameCount: UInt64
  /// `uname -r` and `uname -m`; QEMU has `Unknown` where it does not know.
  let release: String
  let machine: String
  /// What makedumpfile was told to leave out; nil before version 1.
  let dumpLevel: UInt32?
  /// The frames of this part of a split set.
  let part: Range<UInt64>?
  /// Places in the file.
  let vmcoreinfo: Range<UInt64>?
  let notes: Range<UInt64>?

  /// More frames than this are refused: 64 TiB of 4 KiB pages.
  static let frameLimit: UInt64 = 1 << 34

  /// Where the page descriptors begin.
  var descriptorStart: UInt64 { bitmapStart + bitmapBytes }
  /// Whether there are two bitmaps (RAM, and dumped) or only that of dumped frames.
  var hasTwoBitmaps: Bool { frameCount <= bitmapBytes / 2 * 8 }
  /// Where the bitmap of dumped frames begins.
  var dumpedBitmapStart: UInt64 { hasTwoBitmaps ? bitmapStart + bitmapBytes / 2 : bitmapStart }

  /// The words of the main header, before they are believed.
  private struct Words {
    let isWide: Bool
    let order: ByteOrder
    let status: UInt32
    let block: UInt64
    let subBlocks: UInt64
    let bitmapBlocks: UInt64
    let frames: UInt64

    init?(_ contents: FileContents, isWide: Bool, order: ByteOrder) {
      let base: UInt64 = isWide ? 424 : 412
      guard let status = contents.load(UInt32.self, at: base, order),
        let block = contents.load(UInt32.self, at: base + 4, order),
        let subBlocks = contents.load(UInt32.self, at: base + 8, order),
        let bitmapBlocks = contents.load(UInt32.self, at: base + 12, order),
        let frames = contents.load(UInt32.self, at: base + 16, order)
      else { return nil }
      self.isWide = isWide
      self.order = order
      self.status = status
      self.block = UInt64(block)
      self.subBlocks = UInt64(subBlocks)
      self.bitmapBlocks = UInt64(bitmapBlocks)
      self.frames = UInt64(frames)
      guard let version = contents.load(UInt32.self, at: 8, order), version < 0x100,
        block >= 1024, block <= 1 << 20, block & (block - 1) == 0, subBlocks > 0, subBlocks <= 1 << 16,
        bitmapBlocks > 0, UInt64(bitmapBlocks) * UInt64(block) * 8 >= UInt64(frames)
      else { return nil }
    }
  }

  init(of contents: FileContents) throws(ImageError) {
    guard contents.has(444, at: 0), let signature = contents.text(at: 0, count: 8) else {
      throw contents.error(.truncated, at: 0, "the file ends in its kdump header")
    }
    // The wide layout first: a narrow header read as wide has a sub-header of 0 blocks, and the other way
    // round.
    var words: Words?
    for order in [ByteOrder.little, .big] {
      for isWide in [true, false] where words == nil {
        words = Words(contents, isWide: isWide, order: order)
      }
    }
    guard let words, let version = contents.load(UInt32.self, at: 8, words.order) else {
      throw contents.error(
        .malformed, at: 412,
        "no reading of the kdump header makes sense, with 32 or 64 bits and in either byte order")
    }
    func name(_ index: UInt64) -> String { contents.text(at: 12 + 65 * index, count: 65) ?? "" }
    let machine = name(4)
    let sub = KdumpSubHeader(
      contents, at: words.block, isWide: words.isWide, order: words.order, machine: machine,
      // diskdump's own sub-header holds registers.
      version: signature == "KDUMP   " ? version : nil, frames: words.frames)
    order = words.order
    self.version = version
    status = words.status
    blockBytes = words.block
    release = name(2)
    self.machine = machine
    layout = sub.layout
    dumpLevel = sub.dumpLevel
    part = sub.part
    vmcoreinfo = sub.vmcoreinfo
    notes = sub.notes
    frameCount = sub.frameCount
    // At most 2^17 blocks of 2^20, and 2^32 blocks of 2^20.
    bitmapStart = (1 + words.subBlocks) * words.block
    bitmapBytes = words.bitmapBlocks * words.block
    let place: UInt64 = words.isWide ? 424 : 412
    guard frameCount <= bitmapBytes * 8 else {
      throw contents.error(
        .malformed, at: place + 12, "a bitmap of \(bitmapBytes) bytes for \(frameCount) frames is too short")
    }
    guard frameCount <= Self.frameLimit else {
      throw contents.error(
        .limit, at: place + 16, "\(frameCount) frames; at most \(Self.frameLimit) are read")
    }
    guard contents.has(max(1, (frameCount + 7) / 8), at: dumpedBitmapStart) else {
      throw contents.error(
        .truncated, at: dumpedBitmapStart, "the file ends before or in its bitmaps",
        advice: "nothing of it can be placed; copy the dump again")
    }
  }
}
