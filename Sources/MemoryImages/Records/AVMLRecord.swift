import PageTables
import Synchronization

/// A record of an AVML image of version 2: a Snappy stream for a range of addresses.
///
/// Where its chunks are is found when the first of them is needed, and then remembered: 16 bytes for each 64
/// KiB of memory that records with a use hold.
final class AVMLRecord: Sendable {
  let start: UInt64
  let last: UInt64
  /// Where the stream begins in the file.
  let stream: UInt64
  /// Where it ends at the latest.
  let limit: UInt64
  private let index = Mutex<Index?>(nil)

  init(start: UInt64, last: UInt64, stream: UInt64, limit: UInt64) {
    self.start = start
    self.last = last
    self.stream = stream
    self.limit = limit
  }

  /// Where chunks are, ascending; `address` is relative to the record.
  private struct Index {
    var addresses: [UInt64] = []
    var places: [UInt64] = []
    /// Where the chunks end, and why.
    var end: UInt64 = 0
    var fault: MemoryFault?
  }

  /// Steps through the stream until the record is full.
  ///
  /// - Returns: the place behind the stream if it is whole, else why it is not.
  @discardableResult
  func scan(_ contents: FileContents, _ body: (_ address: UInt64, _ place: UInt64) -> Void = { _, _ in })
    -> (next: UInt64, address: UInt64, fault: MemoryFault?)
  {
    var address: UInt64 = 0
    var place = stream
    while address <= last - start {
      guard place < limit else { return (place, address, .truncated) }
      switch SnappyFrames.element(contents, at: place) {
      case .skipped(let next): place = next
      case .truncated: return (place, address, .truncated)
      case .corrupt: return (place, address, .corrupt)
      case .chunk(let chunk, let next):
        body(address, place)
        address += UInt64(chunk.sizeBytes)
        place = next
      }
    }
    return (place, address, nil)
  }

  /// The chunk that holds the byte at `offset` of the record, and where the chunk begins in it.
  func chunk(
    at offset: UInt64, _ contents: FileContents
  ) throws(MemoryFault) -> (chunk: SnappyFrames.Chunk, start: UInt64) {
    let found = index.withLock { stored -> Result<(place: UInt64, start: UInt64), MemoryFault> in
      if stored == nil {
        var new = Index()
        let end = scan(contents) { address, place in
          new.addresses.append(address)
          new.places.append(place)
        }
        new.end = end.address
        new.fault = end.fault
        stored = new
      }
      guard let known = stored, offset < known.end else { return .failure(stored?.fault ?? .corrupt) }
      var low = 0
      var high = known.addresses.count
      // The last chunk that does not begin behind the offset.
      while high - low > 1 {
        let middle = (low + high) / 2
        if known.addresses[middle] <= offset { low = middle } else { high = middle }
      }
      return .success((known.places[low], known.addresses[low]))
    }
    let (place, start) = try found.get()
    guard case .chunk(let chunk, _) = SnappyFrames.element(contents, at: place) else { throw .corrupt }
    return (chunk, start)
  }
}
