public import PageTables

/// A range of a process's address space that the kernel manages as one (`vm_area_struct`).
public struct Area: Hashable, Sendable {
  public var first: VirtualAddress
  /// The last address, inclusive.
  public var last: VirtualAddress
  /// `vm_flags`, where they were found.
  public var flags: UInt64?
  /// The offset in the file, in bytes (`vm_pgoff` pages).
  public var fileOffset: UInt64?
  /// Whether it maps a file; nil if that is not known.
  public var hasFile: Bool?
  /// The file's path, as far as it could be followed: `/bin/busybox`.
  public var path: String?

  public init(
    first: VirtualAddress, last: VirtualAddress, flags: UInt64? = nil, fileOffset: UInt64? = nil,
    hasFile: Bool? = nil, path: String? = nil
  ) {
    self.first = first
    self.last = last
    self.flags = flags
    self.fileOffset = fileOffset
    self.hasFile = hasFile
    self.path = path
  }

  // Linux, include/linux/mm.h: these bits have not moved since 2.6.
  public var isReadable: Bool { flags.map { $0 & 1 != 0 } ?? false }
  public var isWritable: Bool { flags.map { $0 & 2 != 0 } ?? false }
  public var isExecutable: Bool { flags.map { $0 & 4 != 0 } ?? false }
  public var isShared: Bool { flags.map { $0 & 8 != 0 } ?? false }

  /// The rights as `/proc/PID/maps` writes them, such as `r-xp`.
  public var permissions: String? {
    flags.map { _ in
      (isReadable ? "r" : "-") + (isWritable ? "w" : "-") + (isExecutable ? "x" : "-")
        + (isShared ? "s" : "p")
    }
  }
}

/// The areas of one process, in address order, and what could not be read of them.
public struct AreaList: Hashable, Sendable {
  public var areas: [Area]
  /// What is missing and why, in sentences; empty if the list is whole.
  public var gaps: [String]

  public init(areas: [Area], gaps: [String]) {
    self.areas = areas
    self.gaps = gaps
  }
}
