import CReference
import Glibc
import PageTables

/// 4 GiB of physical memory, in an anonymous file that holds only the pages that are written, and the plain
/// stores that put x86-64 page tables there.
@safe
struct ImageWriter {
  static let byteCount: UInt64 = 4 << 30
  static let frameCount = byteCount >> 12
  /// The last frame of so many never holds a table, so that the image can be cut there.
  static let segmentFrames: UInt64 = frameCount / 16

  let base: UnsafeMutableRawPointer
  let descriptor: CInt
  private var framesTaken: UInt64 = 0
  /// How many tables were handed out.
  private(set) var tableCount = 0
  /// How many leaves were written.
  private(set) var leafCount = 0

  init() {
    descriptor = reference_memory_file(Self.byteCount)
    precondition(descriptor >= 0, "no memory file")
    let mapping = unsafe mmap(
      nil, Int(Self.byteCount), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    unsafe precondition(mapping != MAP_FAILED, "no address space for the image")
    unsafe base = mapping!
  }

  /// What was written, to be read.
  var memory: FlatMemory { unsafe FlatMemory(base: UnsafeRawPointer(base), byteCount: Self.byteCount) }

  /// A page for a table.
  mutating func newTable() -> UInt64 {
    tableCount += 1
    return newPage()
  }

  /// A page that nobody has, as a kernel that has run for a while hands them out: never near the one before.
  mutating func newPage() -> UInt64 {
    while true {
      framesTaken += 1
      // An odd factor visits every frame once before it repeats.
      let frame = (framesTaken &* 0x9e37b &+ 0x12345) % Self.frameCount
      if (frame + 1) % Self.segmentFrames != 0 { return frame << 12 }
    }
  }

  func entry(_ table: UInt64, _ index: UInt64) -> UInt64 {
    unsafe base.load(fromByteOffset: Int(table + index * 8), as: UInt64.self)
  }

  func setEntry(_ table: UInt64, _ index: UInt64, _ entry: UInt64) {
    unsafe base.storeBytes(of: entry, toByteOffset: Int(table + index * 8), as: UInt64.self)
  }

  /// The table that holds the entry of 2^`shift` bytes for `address`, made if need be.
  mutating func table(root: UInt64, address: UInt64, shift: UInt64) -> UInt64 {
    var table = root
    var level: UInt64 = 39
    while level > shift {
      let index = address >> level & 511
      var next = entry(table, index)
      if next == 0 {
        next = newTable() | 0x67
        setEntry(table, index, next)
      }
      table = next & 0x000f_ffff_ffff_f000
      level -= 9
    }
    return table
  }

  /// Writes one 4 KiB leaf a page from `address`, to frames that follow one another from `frame`.
  mutating func mapPages(root: UInt64, address: UInt64, pages: UInt64, frame: UInt64, flags: UInt64) {
    var done: UInt64 = 0
    while done < pages {
      let here = address + done << 12
      let leaves = table(root: root, address: here, shift: 12)
      let first = here >> 12 & 511
      let count = min(pages - done, 512 - first)
      for index in 0..<count { setEntry(leaves, first + index, (frame + done + index) << 12 | flags) }
      done += count
    }
    leafCount += Int(pages)
  }

  /// Writes one 2 MiB leaf.
  mutating func mapLarge(root: UInt64, address: UInt64, frame: UInt64, flags: UInt64) {
    let table = table(root: root, address: address, shift: 21)
    setEntry(table, address >> 21 & 511, (frame << 12) | 0x80 | flags)
    leafCount += 1
  }
}
