public import PageTables

/// Physical memory that is compressed in its file: decoded page by page, with a bounded cache.
///
/// Any number of threads may read at once.
@safe
public final class PagedMemory: PhysicalMemory, Sendable {
  let source: any PageSource
  let cache: PageCache

  /// Requests that cross pages are put together in a buffer of at most this many bytes.
  static let assemblyLimitBytes = 16 << 20

  init(source: any PageSource, cacheLimitBytes: Int) {
    self.source = source
    cache = PageCache(limitBytes: cacheLimitBytes, pageBytes: source.largestPageBytes)
  }

  /// Lends the bytes out of a decoded page; only a request that crosses into another page is copied.
  @inlinable public func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0 else { throw .unreadable }
    let found = try piece(at: address.rawValue)
    if let page = found.page, UInt64(count &- 1) <= found.last &- address.rawValue {
      // Sound: the bytes up to `last` are within the page, which the reference held here keeps alive.
      return withExtendedLifetime(page) {
        let lent = unsafe UnsafeRawBufferPointer(rebasing: page.bytes[found.offset..<(found.offset &+ count)])
        return body(unsafe lent.bytes)
      }
    }
    let assembled = try assemble(at: address.rawValue, count: count)
    let span = assembled.span
    return body(unsafe span.bytes)
  }

  /// A page and a place in it, or a stretch of zeros.
  @usableFromInline
  struct Piece {
    let key: StoredPage?
    @usableFromInline let page: CachedPage?
    @usableFromInline let offset: Int
    @usableFromInline let last: UInt64
  }

  /// The page that has `address`, decoded; `previous` saves a look into the cache if it has the same data.
  @usableFromInline
  func piece(at address: UInt64, after previous: Piece? = nil) throws(MemoryFault) -> Piece {
    switch source.locate(address) {
    case .fault(let fault): throw fault
    case .zero(let last): return Piece(key: nil, page: nil, offset: 0, last: last)
    case .stored(let key, let start, let last):
      let page =
        if let previous, previous.key == key, let page = previous.page {
          page
        } else {
          try cache.page(for: key) { key throws(MemoryFault) in try source.decode(key) }
        }
      guard last - start < UInt64(page.count) else { throw .corrupt }
      return Piece(key: key, page: page, offset: Int(address - start), last: last)
    }
  }

  /// Copies what does not lie in one page.
  @usableFromInline @inline(never)
  func assemble(at address: UInt64, count: Int) throws(MemoryFault) -> [UInt8] {
    guard count <= Self.assemblyLimitBytes else { throw .unreadable }
    var copy: [UInt8] = []
    copy.reserveCapacity(count)
    var next = address
    var previous: Piece?
    while true {
      let piece = try piece(at: next, after: previous)
      previous = piece
      let part = Int(min(piece.last - next, UInt64(count - copy.count - 1))) + 1
      if let page = piece.page {
        // Sound: the part ends inside the page; the reference keeps it alive.
        withExtendedLifetime(page) {
          unsafe copy.append(contentsOf: page.bytes[piece.offset..<(piece.offset + part)])
        }
      } else {
        copy.append(contentsOf: repeatElement(0, count: part))
      }
      guard copy.count < count else { return copy }
      // Behind the last address there is nothing.
      guard piece.last < .max else { throw .outsideRAM }
      next = piece.last + 1
    }
  }
}
