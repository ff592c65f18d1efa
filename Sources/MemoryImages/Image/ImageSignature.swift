import PageTables

/// What the first bytes of a file say it is.
enum ImageSignature: Hashable {
  case elf
  case kdump
  case lime
  case compressedLiME
  case avml
  case raw

  /// Formats that are known and not read, by their first bytes, and what to do with them.
  private static let others: [(bytes: [UInt8], name: String, advice: String)] = [
    ([0x1f, 0x8b], "compressed by gzip", "decompress it first: gzip -d"),
    ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "compressed by xz", "decompress it first: xz -d"),
    ([0x28, 0xb5, 0x2f, 0xfd], "compressed by zstd", "decompress it first: zstd -d"),
    ([0x04, 0x22, 0x4d, 0x18], "compressed by lz4", "decompress it first: lz4 -d"),
    (Array("BZh".utf8), "compressed by bzip2", "decompress it first: bzip2 -d"),
    (Array("PK\u{3}\u{4}".utf8), "a zip archive", "unpack it first"),
    (
      Array("LibvirtQemudSave".utf8), "a libvirt migration stream, not a memory image",
      "take it with 'virsh dump --memory-only'"
    ),
    (
      Array("QEVM".utf8), "a QEMU migration stream, not a memory image",
      "take it with 'dump-guest-memory' of the QEMU monitor"
    ),
    ([0x51, 0x46, 0x49, 0xfb], "a qcow2 disk image", "name a memory image"),
    (Array("PAGEDU".utf8), "a Windows dump", "this program reads Linux images"),
  ]

  /// The first words of VMware's vmss and vmsn files.
  private static let vmware: [UInt32] = [
    0xbed0_bed0, 0xbed2_bed0, 0xbed2_bed2, 0xbed3_bed3, 0xbad1_bad1, 0xbad2_bad2,
  ]

  /// Looks at the first bytes. What has no signature is taken for a raw image.
  init(of contents: FileContents, forced: ImageKind?) throws(ImageError) {
    if forced == .raw {
      self = .raw
      return
    }
    let count = Int(min(contents.count, 16))
    let head = contents.array(at: 0, count: count) ?? []
    let found: ImageSignature =
      if head.starts(with: [0x7f, 0x45, 0x4c, 0x46]) {
        .elf
      } else if head.starts(with: "KDUMP   ".utf8) || head.starts(with: "DISKDUMP".utf8) {
        .kdump
      } else if head.starts(with: "EMiL".utf8) || head.starts(with: "LiME".utf8) {
        .lime
      } else if head.starts(with: "AVML".utf8) {
        .avml
      } else if InflatedFile.beginsLikeLiME(contents) {
        .compressedLiME
      } else {
        .raw
      }
    if found == .raw, let other = Self.others.first(where: { head.starts(with: $0.bytes) }) {
      throw contents.error(.unsupported, at: 0, "the file is \(other.name)", advice: other.advice)
    }
    if found == .raw, let word = contents.load(UInt32.self, at: 0, .little), Self.vmware.contains(word) {
      throw contents.error(
        .unsupported, at: 0, "the file is a VMware state file, whose memory map this program does not read",
        advice: "below 3 GiB the .vmem beside it can be read as a raw image")
    }
    if let forced, forced.rawValue != found.kind.rawValue {
      throw contents.error(
        .options, at: 0, "the file's first bytes are those of '\(found.kind)', not of '\(forced)'",
        advice: "leave the kind out")
    }
    self = found
  }

  private var kind: ImageKind {
    switch self {
    case .elf: .elf
    case .kdump: .kdump
    case .lime, .compressedLiME: .lime
    case .avml: .avml
    case .raw: .raw
    }
  }
}
