public import PageTables

extension SparseMemory {
  /// A run of pages that were written.
  public struct Chunk: Hashable, Sendable {
    public var address: PhysicalAddress
    /// A multiple of 4096.
    public var byteCount: Int
  }

  /// The runs of pages that were ever lent for writing, in ascending order; everything else is zero.
  ///
  /// Enough to write a memory image: ask ``withBytes(at:count:_:)`` for each.
  ///
  /// - Complexity: one byte is looked at for each page of RAM, eight at a time.
  public func chunks() -> [Chunk] {
    let pageCount = byteCount >> Self.pageSizeBits
    var chunks: [Chunk] = []
    var page = 0
    while page < pageCount {
      if page & 7 == 0, page + 8 <= pageCount, isEightUntouched(from: page) {
        page += 8
      } else if isTouched(page) {
        let first = page
        while page < pageCount, isTouched(page) { page += 1 }
        chunks.append(
          Chunk(
            address: base.advanced(byBytes: UInt64(first << Self.pageSizeBits)),
            byteCount: (page - first) << Self.pageSizeBits))
      } else {
        page += 1
      }
    }
    return chunks
  }

  /// Another RAM with the same content, for a state that is to be come back to.
  public func copy() throws(SetupError) -> SparseMemory {
    var copy = try SparseMemory(base: base, byteCount: UInt64(byteCount))
    for chunk in chunks() {
      // The chunks lie in both: same base, same size. So neither can fail.
      _ = try? withBytes(at: chunk.address, count: chunk.byteCount) { source in
        _ = try? copy.withMutableBytes(at: chunk.address, count: chunk.byteCount) { target in
          target.copy(from: source)
        }
      }
    }
    return copy
  }

  private func isTouched(_ page: Int) -> Bool {
    // Sound: callers stay below the number of pages, and there is a note for each.
    unsafe touched.load(fromByteOffset: page, as: UInt8.self) != 0
  }

  private func isEightUntouched(from page: Int) -> Bool {
    // Sound: callers check page + 8 <= pages; a multiple of 8 from a page-aligned start is aligned.
    unsafe touched.load(fromByteOffset: page, as: UInt64.self) == 0
  }
}

extension MutableRawSpan {
  /// Copies the bytes of `source`, as many as both have.
  public mutating func copy(from source: RawSpan) {
    let count = min(byteCount, source.byteCount)
    unsafe withUnsafeMutableBytes { target in
      unsafe source.withUnsafeBytes { bytes in
        // Sound: both buffers have at least `count` bytes; the span is exclusively ours, so they are apart.
        unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      }
    }
  }
}
