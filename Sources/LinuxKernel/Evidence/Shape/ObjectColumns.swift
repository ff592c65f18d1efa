import PageTables

/// The same place of several objects of one kind, read one below the other: what is true of a column in all
/// objects tells which member it is.
struct ObjectColumns {
  let memory: KernelMemory
  let wordByteCount: Int
  /// Where each object's reference point lies.
  let origins: [PhysicalAddress]

  /// The words at `offset` from each origin; nil where one cannot be read.
  func words(at offset: Int) -> [UInt64?] { column(at: offset, byteCount: wordByteCount) }

  /// The word at `offset` from one origin.
  func word(of index: Int, at offset: Int) -> UInt64? {
    memory.word(at: origins[index].offset(by: offset), byteCount: wordByteCount)
  }

  /// The 32-bit words at `offset` from each origin.
  func words32(at offset: Int) -> [UInt64?] { column(at: offset, byteCount: 4) }

  /// The same, each read when it is asked for: for a test that most columns fail at their first words.
  func lazyWords32(at offset: Int) -> some Sequence<UInt64?> {
    origins.lazy.map { memory.word(at: $0.offset(by: offset), byteCount: 4) }
  }

  func column(at offset: Int, byteCount: Int) -> [UInt64?] {
    origins.map { memory.word(at: $0.offset(by: offset), byteCount: byteCount) }
  }
}

extension [PhysicalAddress] {
  /// How far the two that lie closest together are apart, in bytes: objects of one kind that begin there are
  /// no longer, because they do not overlap. Nil for less than two.
  var smallestDistance: Int? {
    let places = map(\.rawValue).sorted()
    return zip(places.dropFirst(), places).map { $0.0 - $0.1 }.min().map { Int(clamping: $0) }
  }
}

extension PhysicalAddress {
  /// The address `offset` bytes further, or back; it wraps, and what lies there is then not RAM.
  func offset(by offset: Int) -> PhysicalAddress {
    PhysicalAddress(rawValue &+ UInt64(truncatingIfNeeded: offset))
  }
}
