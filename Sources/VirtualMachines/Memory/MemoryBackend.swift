/// One of the objects that hold a machine's RAM.
struct MemoryBackend: Hashable, Sendable {
  /// What QEMU has its memory from.
  enum Kind: Hashable, Sendable {
    case file(String)
    case memfd
    /// Memory of QEMU's own.
    case other
  }

  /// The name, which the memory regions of RAM have, too.
  var id: String
  var sizeBytes: UInt64
  /// Whether QEMU's changes can be seen through the file.
  var isShared: Bool
  var kind: Kind
  /// Where in the file the RAM begins.
  var fileOffset: UInt64 = 0
}
