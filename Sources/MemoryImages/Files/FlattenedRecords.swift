/// The wrapper that makedumpfile and QEMU write where a file cannot be positioned (a pipe): a header of 4096
/// bytes, then records that say where their data belongs.
///
/// | offset | size | header | record |
/// |---|---|---|---|
/// | 0 | 16 | `makedumpfile`, NUL-padded | be64 offset, be64 size |
/// | 16 | 16 | be64 type 1, be64 version 1 | data |
///
/// A record whose offset and size are both -1 ends the file. Records come in any order; where they overlap,
/// the later one counts, as it would when they are written in turn.
@safe
struct FlattenedRecords: Sendable {
  /// What a wrapper begins with.
  static let signature: [UInt8] = Array("makedumpfile\0\0\0\0".utf8)
  /// More records than this are refused: QEMU writes about ten million for 1 TiB.
  static let recordLimit = 1 << 25

  /// A stretch of the wrapped file: `offset` there, `position` in this file.
  private struct Extent {
    var offset: UInt64
    var last: UInt64
    var position: UInt64
  }

  private let extents: [Extent]
  /// The offset behind the last byte of the wrapped file.
  let count: UInt64
  /// Whether the closing record was seen.
  let isComplete: Bool

  /// Reads the records; nil if the file is not flattened.
  init?(of store: ByteStore) throws(ImageError) {
    func number(at position: UInt64) -> UInt64? {
      guard let (pointer, left) = unsafe store.address(of: position), left >= 8 else { return nil }
      // Sound: eight bytes are there.
      return UInt64(bigEndian: unsafe pointer.loadUnaligned(as: UInt64.self))
    }
    guard let (start, left) = unsafe store.address(of: 0), left >= Self.signature.count else { return nil }
    // Sound: as many bytes are there as the signature has.
    let found = unsafe UnsafeRawBufferPointer(start: start, count: Self.signature.count)
    guard unsafe found.elementsEqual(Self.signature) else { return nil }
    guard let type = number(at: 16), let version = number(at: 24) else {
      throw ImageError(.truncated, path: store.path, offset: 16, "a flattened dump ends in its header")
    }
    guard type == 1, version == 1 else {
      throw ImageError(
        .unsupported, path: store.path, offset: 16,
        "a flattened dump of type \(type), version \(version); expected 1 and 1")
    }
    var claims: [Claim] = []
    var positions: [UInt64] = []
    var position: UInt64 = 4096
    var isComplete = false
    while let offset = number(at: position), let size = number(at: position &+ 8) {
      if offset == .max, size == .max {
        isComplete = true
        break
      }
      let (last, wraps) = offset.addingReportingOverflow(size &- 1)
      guard size <= UInt64(Int.max), offset <= UInt64(Int.max), !wraps || size == 0 else {
        throw ImageError(
          .malformed, path: store.path, offset: position,
          "a record for offset \(hexadecimal(offset)) with \(hexadecimal(size)) bytes")
      }
      position += 16
      let available = position < UInt64(store.count) ? UInt64(store.count) - position : 0
      let held = min(size, available)
      if held > 0 {
        guard claims.count < Self.recordLimit else {
          throw ImageError(
            .limit, path: store.path, offset: position, "more than \(Self.recordLimit) records",
            advice: "put the dump into order with 'makedumpfile -R'")
        }
        claims.append(
          Claim(
            start: offset, last: last - (size - held), priority: UInt64(claims.count),
            payload: claims.count))
        positions.append(position)
      }
      guard held == size else { break }
      position += size
    }
    let starts = claims.map(\.start)
    extents = Claim.settle(claims).map {
      Extent(
        offset: $0.start, last: $0.last,
        position: positions[$0.payload] + ($0.start - starts[$0.payload]))
    }
    guard let end = extents.last?.last else {
      throw ImageError(.truncated, path: store.path, offset: 4096, "a flattened dump without records")
    }
    count = end + 1
    self.isComplete = isComplete
  }

  /// What the wrapped file has at `offset`.
  func piece(at offset: UInt64, in store: ByteStore) -> FileContents.Piece {
    var low = 0
    var high = extents.count
    while low < high {
      let middle = (low + high) / 2
      if extents[middle].last < offset { low = middle + 1 } else { high = middle }
    }
    guard low < extents.count else { return .absent(count: max(1, .max - offset)) }
    let extent = extents[low]
    guard extent.offset <= offset else {
      let count = extent.offset - offset
      return isComplete ? .zeros(count: count) : .absent(count: count)
    }
    let skipped = offset - extent.offset
    guard let (pointer, left) = unsafe store.address(of: extent.position + skipped) else {
      return .absent(count: extent.last - offset + 1)
    }
    return unsafe .bytes(pointer, count: min(extent.last - offset + 1, UInt64(left)))
  }
}
