import PageTables

/// The bytes of a file as its format counts them: as they lie, or put back into order (flattened dumps).
@safe
struct FileContents: Sendable {
  /// A stretch of contents from some offset on; counts are at least 1.
  @safe
  enum Piece {
    /// Bytes in memory.
    case bytes(UnsafeRawPointer, count: UInt64)
    /// Bytes that no record of a complete flattened file holds: a hole, which reads as zero.
    case zeros(count: UInt64)
    /// Nothing there.
    case absent(count: UInt64)

    var count: UInt64 {
      switch self {
      case .bytes(_, let count), .zeros(let count), .absent(let count): count
      }
    }
  }

  let store: ByteStore
  /// The records of a flattened file; nil for any other.
  let flattened: FlattenedRecords?

  /// Takes a file as it is, or unwraps it if it is flattened.
  init(_ store: ByteStore, unwrap: Bool = true) throws(ImageError) {
    guard store.count > 0 else {
      throw ImageError(.truncated, path: store.path, offset: 0, "the file is empty")
    }
    self.store = store
    flattened = unwrap ? try FlattenedRecords(of: store) : nil
  }

  /// The name for messages.
  var path: String { store.path }
  /// The offset behind the last byte.
  var count: UInt64 { flattened?.count ?? UInt64(store.count) }

  /// What is at `offset`, as far as it is of one piece.
  func piece(at offset: UInt64) -> Piece {
    if let flattened { return flattened.piece(at: offset, in: store) }
    guard let (pointer, count) = unsafe store.address(of: offset) else {
      return .absent(count: max(1, .max - offset))
    }
    return unsafe .bytes(pointer, count: UInt64(count))
  }

  /// Whether all of `count` bytes at `offset` are there.
  func has(_ count: UInt64, at offset: UInt64) -> Bool {
    var offset = offset
    var left = count
    while left > 0 {
      let piece = piece(at: offset)
      if case .absent = piece { return false }
      guard piece.count < left else { return true }
      left -= piece.count
      offset += piece.count
    }
    return true
  }

  /// Lends bytes; nil if not all of them are there. Copies them only if they are of several pieces.
  func withBytes<Answer>(at offset: UInt64, count: Int, _ body: (RawSpan) -> Answer) -> Answer? {
    guard count > 0 else { return nil }
    if case .bytes(let pointer, let available) = piece(at: offset), UInt64(count) <= available {
      // Sound: the piece has that many bytes, and the store outlives this call.
      let bytes = unsafe UnsafeRawBufferPointer(start: pointer, count: count)
      return body(unsafe bytes.bytes)
    }
    guard has(UInt64(count), at: offset) else { return nil }
    var copy = [UInt8](repeating: 0, count: count)
    self.copy(from: offset, into: &copy)
    let span = copy.span
    return body(unsafe span.bytes)
  }

  /// Fills `buffer` from `offset` on; what is absent becomes zero.
  private func copy(from offset: UInt64, into buffer: inout [UInt8]) {
    var done = 0
    while done < buffer.count {
      let piece = piece(at: offset &+ UInt64(done))
      let count = Int(min(piece.count, UInt64(buffer.count - done)))
      if case .bytes(let pointer, _) = piece {
        // Sound: `count` is within the piece and within what is left of the buffer.
        unsafe buffer.withUnsafeMutableBytes {
          unsafe $0.baseAddress!.advanced(by: done).copyMemory(from: pointer, byteCount: count)
        }
      }
      done += count
    }
  }

  /// An unsigned number at `offset`; nil if it is not wholly there.
  func load<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type, at offset: UInt64, _ order: ByteOrder
  ) -> Number? {
    withBytes(at: offset, count: MemoryLayout<Number>.size) { bytes in
      // Sound: the span has exactly the size of the number, and every bit pattern is one.
      let value = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: Number.self)
      return order == .little ? Number(littleEndian: value) : Number(bigEndian: value)
    }
  }

  /// The bytes at `offset` as an array, for texts and tables of a known small size.
  func array(at offset: UInt64, count: Int) -> [UInt8]? {
    guard count > 0, has(UInt64(count), at: offset) else { return count == 0 ? [] : nil }
    var copy = [UInt8](repeating: 0, count: count)
    self.copy(from: offset, into: &copy)
    return copy
  }

  /// The text at `offset` up to its first NUL, at most `count` bytes; invalid UTF-8 is replaced.
  func text(at offset: UInt64, count: Int) -> String? {
    array(at: offset, count: count).map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// An error at a place of this file.
  func error(
    _ reason: ImageError.Reason, at offset: UInt64?, _ problem: String, advice: String? = nil
  ) -> ImageError {
    ImageError(reason, path: path, offset: offset, problem, advice: advice)
  }
}
