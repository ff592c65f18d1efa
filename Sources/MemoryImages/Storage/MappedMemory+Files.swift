extension MappedMemory {
  /// A stretch of physical memory in an open file.
  public struct FilePiece: Hashable, Sendable {
    /// The addresses.
    public var range: ClosedRange<UInt64>
    /// Which file, by its place in the list.
    public var file: Int
    /// Where in the file the first byte lies.
    public var offset: UInt64

    /// A stretch of addresses in a file.
    public init(range: ClosedRange<UInt64>, file: Int, offset: UInt64) {
      self.range = range
      self.file = file
      self.offset = offset
    }
  }

  /// Maps open files read-only, and takes pieces of them for memory; a piece that its file ends before is truncated
  /// memory there.
  ///
  /// The files stay mapped as long as the memory is there; their descriptors can be closed.
  ///
  /// - Parameters:
  ///   - files: descriptors, with names for messages.
  ///   - pieces: what of the files is memory, and where.
  /// - Throws: ``ImageError`` if a file cannot be mapped.
  public init(mapping files: [(descriptor: Int32, name: String)], pieces: [FilePiece]) throws(ImageError) {
    var stores: [ByteStore] = []
    var contents: [FileContents] = []
    for file in files {
      let store = try ByteStore(mapping: file.descriptor, path: file.name)
      stores.append(store)
      contents.append(try FileContents(store, unwrap: false))
    }
    var builder = SegmentBuilder()
    for piece in pieces where contents.indices.contains(piece.file) {
      try builder.add(piece.range, in: contents[piece.file], at: piece.offset)
    }
    self = builder.build(stores)
  }
}
