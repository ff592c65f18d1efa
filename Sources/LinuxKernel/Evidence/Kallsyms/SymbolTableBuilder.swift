/// Gathers symbols for a table.
struct SymbolTableBuilder {
  /// How many bytes of names are taken; kernels have about 5 MB.
  static let textLimitBytes = 64 << 20

  private(set) var addresses: [UInt64] = []
  private(set) var starts: [UInt32] = [0]
  private(set) var text: [UInt8] = []
  private(set) var hashes: [UInt32] = []

  init(symbolCapacity: Int, textCapacity: Int) {
    addresses.reserveCapacity(symbolCapacity)
    starts.reserveCapacity(symbolCapacity + 1)
    hashes.reserveCapacity(symbolCapacity)
    text.reserveCapacity(textCapacity)
  }

  /// Adds a symbol: a type's letter and a name. False if it has no name or the limit is reached; then it is
  /// not added.
  ///
  /// - Parameter hash: that of the name, as ``hash(_:)`` makes it.
  mutating func append(_ symbol: ArraySlice<UInt8>, hash: UInt32, address: UInt64) -> Bool {
    guard symbol.count >= 2, text.count + symbol.count <= Self.textLimitBytes else { return false }
    text.append(contentsOf: symbol)
    hashes.append(hash)
    starts.append(UInt32(text.count))
    addresses.append(address)
    return true
  }

  /// FNV-1a.
  static func hash(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var hash = emptyHash
    for byte in bytes { add(byte, to: &hash) }
    return hash
  }

  /// The hash of no bytes.
  static let emptyHash: UInt32 = 0x811c_9dc5

  @inline(__always)
  static func add(_ byte: UInt8, to hash: inout UInt32) { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }

  /// Brings the symbols into the order of their addresses; equal ones stay as they are.
  mutating func sort() {
    var isSorted = true
    for index in addresses.indices.dropFirst() where addresses[index] < addresses[index - 1] {
      isSorted = false
      break
    }
    if isSorted { return }
    let old = self
    self = SymbolTableBuilder(symbolCapacity: old.addresses.count, textCapacity: old.text.count)
    let order = old.addresses.indices.sorted {
      (old.addresses[$0], $0) < (old.addresses[$1], $1)
    }
    for index in order {
      text.append(contentsOf: old.text[old.starts[index]..<old.starts[index + 1]])
      starts.append(UInt32(text.count))
      hashes.append(old.hashes[index])
      addresses.append(old.addresses[index])
    }
  }
}
