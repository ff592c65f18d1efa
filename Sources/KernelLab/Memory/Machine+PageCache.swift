import PageTableEditing
import PageTables

extension Machine {
  /// A new file, or shared memory object, of zeros. It stays until `close(_:)`, whoever maps it.
  public mutating func makeFile(
    _ name: String, kind: FileObject.Kind = .sharedMemory, byteCount: UInt64 = 0
  ) -> FileObject {
    FileObject(name: name, kind: kind, byteCount: byteCount)
  }

  /// The file's last descriptor and name go: it goes with its last area.
  public mutating func close(_ file: FileObject) {
    file.isKept = false
    releaseIfUnused(file)
  }

  /// The frame of a page of a file, brought into the cache if it is not there; nil if there is no frame.
  mutating func cachedFrame(of file: FileObject, page: UInt64) -> UInt64? {
    if let frame = file.pages[page] {
      frames[frame].flags.insert(.referenced)
      return frame
    }
    let kind: FrameDescriptor.Kind = file.kind == .disk ? .file : .sharedMemory
    enlist(file)
    guard let frame = allocateFrames(kind: kind, owner: file.id, index: page) else { return nil }
    if let place = file.swapped.removeValue(forKey: page) {
      fill(frame, with: swap.words(at: place) ?? [])
      counters.swappedIn &+= 1
      releaseSwap(place)
    } else {
      fill(frame, with: file.stored[page] ?? [])
    }
    log.add(.allocated(frame: frame, purpose: "page cache"))
    file.pages[page] = frame
    return frame
  }

  /// Whether a page of a file has to be read before it can be used: a major fault.
  func needsReading(_ file: FileObject, page: UInt64) -> Bool {
    file.pages[page] == nil && (file.kind == .disk || file.swapped[page] != nil)
  }

  /// Gives a file a number, by which its pages are found.
  private mutating func enlist(_ file: FileObject) {
    if file.id == 0 {
      file.id = reclaim.nextFileID
      reclaim.nextFileID &+= 1
    }
    reclaim.files[file.id] = file
  }

  /// Frees a file's cache if nobody can use the file any more.
  mutating func releaseIfUnused(_ file: FileObject?) {
    guard let file, file.areaCount == 0, !file.isKept else { return }
    dropCache(of: file, from: 0, to: .max)
    reclaim.files[file.id] = nil
  }

  private mutating func dropCache(of file: FileObject, from first: UInt64, to end: UInt64) {
    // In order, so that the same calls free the same frames in the same order.
    for page in file.pages.keys.filter({ $0 >= first && $0 < end }).sorted() {
      if let frame = file.pages.removeValue(forKey: page), frames.drop(frame) {
        log.add(.freed(frame: frame))
      }
    }
    for page in file.swapped.keys.filter({ $0 >= first && $0 < end }).sorted() {
      if let place = file.swapped.removeValue(forKey: page) { releaseSwap(place) }
    }
    for page in file.stored.keys.filter({ $0 >= first && $0 < end }) { file.stored[page] = nil }
  }

  /// Takes pages of a file out of the cache and out of everybody's tables (`truncate_pagecache`,
  /// `unmap_mapping_range`).
  private mutating func drop(_ pages: Range<UInt64>, of file: FileObject, keepsCopies: Bool) {
    locks.acquire(.fileMappings(file.id), isShared: true, site: "unmap_mapping_range")
    defer { locks.release(.fileMappings(file.id)) }
    for reference in kernel.spaces {
      guard let space = reference.space else { continue }
      for area in space.areas where area.file === file {
        let count = area.byteCount &>> pageSizeBits
        let first = pages.lowerBound > area.pageOffset ? pages.lowerBound &- area.pageOffset : 0
        let end = pages.upperBound > area.pageOffset ? min(count, pages.upperBound &- area.pageOffset) : 0
        guard first < end else { continue }
        let start = area.start
        zap(
          start &+ first &<< pageSizeBits..<start &+ end &<< pageSizeBits, of: space,
          keepsCopies: keepsCopies)
      }
    }
    dropCache(of: file, from: pages.lowerBound, to: pages.upperBound)
  }

  /// Gives a file another length: what lies behind the new end goes everywhere, private copies included; the
  /// rest of the last page becomes zero.
  @discardableResult
  public mutating func ftruncate(_ file: FileObject, byteCount: UInt64) -> Int64 {
    guard byteCount <= UInt64(Int64.max) else { return SystemError.invalid.result }
    let old = file.byteCount
    file.byteCount = byteCount
    guard byteCount < old else { return 0 }
    let end = file.pageCount(pageSizeBits: pageSizeBits)
    drop(end..<UInt64.max &>> pageSizeBits, of: file, keepsCopies: false)
    let rest = byteCount & (pageByteCount &- 1)
    if rest != 0 { zeroPart(of: file, from: byteCount, to: end &<< pageSizeBits) }
    return 0
  }

  /// Makes a part of a file a hole (`fallocate` with FALLOC_FL_PUNCH_HOLE): its whole pages go, private copies
  /// stay, the rest becomes zero.
  @discardableResult
  public mutating func punchHole(_ file: FileObject, at offset: UInt64, byteCount: UInt64) -> Int64 {
    let (end, wraps) = offset.addingReportingOverflow(byteCount)
    guard byteCount > 0, !wraps, end <= UInt64(Int64.max) else { return SystemError.invalid.result }
    let mask = pageByteCount &- 1
    let first = (offset &+ mask) &>> pageSizeBits
    let last = end &>> pageSizeBits
    if first < last { drop(first..<last, of: file, keepsCopies: true) }
    if first > last {
      zeroPart(of: file, from: offset, to: end)
    } else {
      zeroPart(of: file, from: offset, to: first &<< pageSizeBits)
      zeroPart(of: file, from: last &<< pageSizeBits, to: end)
    }
    return 0
  }

  /// Zeros within one page of a file, wherever it is.
  private mutating func zeroPart(of file: FileObject, from start: UInt64, to end: UInt64) {
    guard start < end else { return }
    let page = start &>> pageSizeBits
    let offset = start & (pageByteCount &- 1)
    let bytes = Int(offset)..<Int(offset &+ (end &- start))
    if let place = file.swapped[page] { swap.devices[place.type]?.clear(bytes, at: place.offset) }
    file.stored[page]?.clear(bytes)
    guard let frame = file.pages[page] else { return }
    frames[frame].flags.insert(.dirty)
    try? memory.makeZero(at: PhysicalAddress((frame &<< pageSizeBits) &+ offset), count: bytes.count)
  }
}
