/// Writes small kdump-compressed files of every version and layout.
public struct KdumpWriter: Sendable {
  /// What a frame is in the file.
  public enum Frame: Sendable {
    case page([UInt8], Compression)
    /// Shares the stored bytes of another frame, as QEMU's zero pages do.
    case same(as: UInt64)
    /// RAM that was left out.
    case excluded
    /// A descriptor with these words.
    case descriptor(offset: UInt64, size: UInt32, flags: UInt32)
  }

  /// How the writer's compiler laid out the sub-header.
  public enum Layout: String, Sendable, CaseIterable {
    case packed32
    case padded32
    case wide
  }

  public var layout = Layout.wide
  public var isBigEndian = false
  public var signature = "KDUMP   "
  public var version: UInt32 = 6
  public var status: UInt32 = 0
  public var blockBytes = 4096
  public var subHeaderBlocks = 1
  public var machine = "x86_64"
  public var release = "6.1.0-test"
  public var dumpLevel: UInt32 = 31
  public var physicalBase: UInt64 = 0
  public var part: Range<UInt64>?
  public var hasTwoBitmaps = true
  public var frameCount: UInt64 = 64
  public var claimedFrameCount: UInt64?
  public var claimedBitmapBlocks: UInt32?
  public var vmcoreinfo = ""
  public var notes: [UInt8] = []
  public var frames: [UInt64: Frame] = [:]

  public init() {}

  /// The file.
  public func bytes() -> [UInt8] {
    var out = ByteWriter(bigEndian: isBigEndian)
    out.put(signature.utf8)
    out.put(version)
    for (index, name) in ["Linux", "host", release, "#1 SMP", machine, ""].enumerated() {
      out.put(name.utf8)
      out.pad(to: 12 + 65 * (index + 1))
    }
    let base = layout == .wide ? 424 : 412
    let bytesOfBitmap = Int(frameCount + 7) / 8
    let blocksOfBitmap = (bytesOfBitmap + blockBytes - 1) / blockBytes
    let bitmapBlocks = blocksOfBitmap * (hasTwoBitmaps ? 2 : 1)
    let frames32 = UInt32(clamping: claimedFrameCount ?? frameCount)
    out.patch(status, at: base)
    out.patch(UInt32(blockBytes), at: base + 4)
    out.patch(UInt32(subHeaderBlocks), at: base + 8)
    out.patch(claimedBitmapBlocks ?? UInt32(bitmapBlocks), at: base + 12)
    out.patch(frames32, at: base + 16)
    out.patch(UInt32(1), at: base + 36)
    out.pad(to: blockBytes)
    putSubHeader(&out)
    out.pad(to: blockBytes * (1 + subHeaderBlocks))
    putBitmaps(&out, blocksOfBitmap: blocksOfBitmap)
    putPages(&out, start: blockBytes * (1 + subHeaderBlocks + bitmapBlocks))
    return out.bytes
  }

  private func putSubHeader(_ out: inout ByteWriter) {
    func pick(_ packed: Int, _ padded: Int, _ wide: Int) -> Int {
      blockBytes + (layout == .packed32 ? packed : layout == .padded32 ? padded : wide)
    }
    func size(_ value: UInt64, at place: Int, _ out: inout ByteWriter) {
      if layout == .wide {
        out.patch(value, at: place)
      } else {
        out.patch(UInt32(truncatingIfNeeded: value), at: place)
      }
    }
    size(physicalBase, at: pick(0, 0, 0), &out)
    if version >= 1 { out.patch(dumpLevel, at: pick(4, 4, 8)) }
    if version >= 2, let part {
      out.patch(UInt32(1), at: pick(8, 8, 12))
      size(part.lowerBound, at: pick(12, 12, 16), &out)
      size(part.upperBound, at: pick(16, 16, 24), &out)
    }
    // The texts go behind the fields, within the sub-header's blocks.
    let textPlace = blockBytes + 128
    if version >= 3, !vmcoreinfo.isEmpty {
      out.patch(UInt64(textPlace), at: pick(20, 24, 32))
      size(UInt64(vmcoreinfo.utf8.count), at: pick(28, 32, 40), &out)
    }
    if version >= 4, !notes.isEmpty {
      out.patch(UInt64(textPlace + vmcoreinfo.utf8.count), at: pick(32, 40, 48))
      size(UInt64(notes.count), at: pick(40, 48, 56), &out)
    }
    if version >= 6 {
      out.patch(part?.lowerBound ?? 0, at: pick(56, 72, 80))
      out.patch(part?.upperBound ?? 0, at: pick(64, 80, 88))
      out.patch(claimedFrameCount ?? frameCount, at: pick(72, 88, 96))
    }
    if !vmcoreinfo.isEmpty || !notes.isEmpty {
      out.pad(to: textPlace)
      out.put(vmcoreinfo.utf8)
      out.put(notes)
    }
  }

  private func putBitmaps(_ out: inout ByteWriter, blocksOfBitmap: Int) {
    var ram = [UInt8](repeating: 0, count: blocksOfBitmap * blockBytes)
    var dumped = ram
    for (frame, content) in frames {
      ram[Int(frame / 8)] |= 1 << (frame % 8)
      if case .excluded = content { continue }
      dumped[Int(frame / 8)] |= 1 << (frame % 8)
    }
    if hasTwoBitmaps { out.put(ram) }
    out.put(dumped)
  }

  private func putPages(_ out: inout ByteWriter, start: Int) {
    let stored = frames.keys.sorted().filter {
      if case .excluded = frames[$0] { return false }
      return part?.contains($0) ?? true
    }
    var descriptors = ByteWriter(bigEndian: isBigEndian)
    var data: [UInt8] = []
    var places: [UInt64: (UInt64, UInt32, UInt32)] = [:]
    for frame in stored {
      var words: (UInt64, UInt32, UInt32) = (0, 0, 0)
      switch frames[frame] {
      case .page(let bytes, let compression):
        let encoded = compression.encode(bytes)
        words = (UInt64(start + 24 * stored.count + data.count), UInt32(encoded.count), compression.rawValue)
        data += encoded
      case .same(let other): words = places[other] ?? (0, 0, 0)
      case .descriptor(let offset, let size, let flags): words = (offset, size, flags)
      case .excluded, nil: break
      }
      places[frame] = words
      descriptors.put(words.0)
      descriptors.put(words.1)
      descriptors.put(words.2)
      descriptors.put(UInt64(0))
    }
    out.put(descriptors.bytes)
    out.put(data)
  }
}
