public import PageTables

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// RAM of a stated base and size, of which only what was written takes space in the host.
///
/// The whole range is reserved as address space of this process and filled with zeros by the host on first
/// use, so a table of any size is lent without copying and a load costs one comparison. At most
/// ``byteCount`` bytes (and one for each 4 KiB) are ever used.
///
/// ```swift
/// var memory = try SparseMemory(base: PhysicalAddress(0x1000_0000), byteCount: 1 << 30)
/// ```
@safe
public struct SparseMemory: ~Copyable, @unchecked Sendable {
  /// The RAM could not be had.
  public enum SetupError: Error, Hashable, Sendable {
    /// The size is not a positive multiple of 4096, is more than 2^44, or base + size passes 2⁶⁴.
    case badSize(byteCount: UInt64)
    /// The host does not give that much address space.
    case refusedByHost(byteCount: UInt64)
  }

  @usableFromInline let start: UnsafeMutableRawPointer
  /// One byte for each page of 4 KiB: whether it was ever lent for writing.
  @usableFromInline let touched: UnsafeMutableRawPointer
  /// The first byte of RAM.
  public let base: PhysicalAddress
  /// The size of RAM.
  public let byteCount: Int

  /// Pages are noted as written in units of 2^12 bytes.
  @inlinable public static var pageSizeBits: Int { 12 }

  /// RAM of `byteCount` bytes from `base` on, all zero.
  ///
  /// - Parameters:
  ///   - base: the first address, any multiple of 4096.
  ///   - byteCount: a multiple of 4096, at most 2^44.
  public init(base: PhysicalAddress = PhysicalAddress(0), byteCount: UInt64) throws(SetupError) {
    let isWhole = byteCount > 0 && byteCount & 0xfff == 0 && base.rawValue & 0xfff == 0
    guard isWhole, byteCount <= 1 << 44, byteCount &- 1 <= UInt64.max &- base.rawValue else {
      throw .badSize(byteCount: byteCount)
    }
    let noteCount = Int(byteCount >> 12)
    let flags = MAP_PRIVATE | Self.anonymous
    // Sound: new anonymous mappings alias nothing; their only owner is this value, which unmaps them.
    let ram = unsafe mmap(nil, Int(byteCount), PROT_READ | PROT_WRITE, flags, -1, 0)
    guard let ram = unsafe ram, unsafe ram != MAP_FAILED else { throw .refusedByHost(byteCount: byteCount) }
    let notes = unsafe mmap(nil, noteCount, PROT_READ | PROT_WRITE, flags, -1, 0)
    guard let notes = unsafe notes, unsafe notes != MAP_FAILED else {
      unsafe munmap(ram, Int(byteCount))
      throw .refusedByHost(byteCount: byteCount)
    }
    unsafe self.start = unsafe ram
    unsafe self.touched = unsafe notes
    self.base = base
    self.byteCount = Int(byteCount)
  }

  deinit {
    unsafe munmap(start, byteCount)
    unsafe munmap(touched, byteCount >> 12)
  }

  #if canImport(Darwin)
    private static var anonymous: Int32 { MAP_ANON | MAP_NORESERVE }
  #else
    private static var anonymous: Int32 { MAP_ANONYMOUS | MAP_NORESERVE }
  #endif

  /// The offset of `count` bytes at `address`, or nil if they are not wholly in RAM.
  @inlinable @inline(__always)
  func offset(of address: PhysicalAddress, count: Int) -> Int? {
    let offset = address.rawValue &- base.rawValue
    // An address below the base wraps to a huge offset.
    guard offset < UInt64(truncatingIfNeeded: byteCount) else { return nil }
    guard count <= byteCount &- Int(truncatingIfNeeded: offset) else { return nil }
    return Int(truncatingIfNeeded: offset)
  }
}

extension SparseMemory: WritableMemory {
  @inlinable @inline(__always)
  public borrowing func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0 else { throw .unreadable }
    guard let offset = offset(of: address, count: count) else { throw .outsideRAM }
    // Sound: offset + count <= byteCount was checked, and the mapping lives as long as `self`.
    let bytes = unsafe RawSpan(_unsafeStart: start + offset, byteCount: count)
    return body(bytes)
  }

  @inlinable @inline(__always)
  public mutating func withMutableBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (inout MutableRawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0 else { throw .unreadable }
    guard let offset = offset(of: address, count: count) else { throw .outsideRAM }
    var page = offset &>> Self.pageSizeBits
    let lastPage = (offset &+ count &- 1) &>> Self.pageSizeBits
    while page <= lastPage {
      // Sound: the notes have one byte for each page of RAM, and both pages were checked to be in RAM.
      unsafe touched.storeBytes(of: 1, toByteOffset: page, as: UInt8.self)
      page &+= 1
    }
    // Sound: as above, and `mutating` excludes every other access.
    var bytes = unsafe MutableRawSpan(_unsafeStart: start + offset, byteCount: count)
    return body(&bytes)
  }
}
