/// An area of a synthetic process's address space.
public struct SyntheticArea: Hashable, Sendable {
  public var first: UInt64
  /// The last byte, inclusive.
  public var last: UInt64
  /// `vm_flags`: 1 read, 2 write, 4 execute, 8 shared; the same times 16 for what may be (include/linux/mm.h).
  public var flags: UInt64
  /// In bytes; of anonymous areas Linux has the address there.
  public var fileOffset: UInt64
  /// The file's path within its file system.
  public var path: String?

  public init(first: UInt64, last: UInt64, flags: UInt64, fileOffset: UInt64 = 0, path: String? = nil) {
    self.first = first
    self.last = last
    self.flags = flags
    self.fileOffset = fileOffset
    self.path = path
  }
}
