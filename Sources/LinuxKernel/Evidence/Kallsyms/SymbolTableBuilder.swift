/// Gathers symbols for a table: first a type's letter and a name's bytes, then the address.
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

  /// Adds bytes to the symbol that is being written.
  @inline(__always)
  mutating func write(_ byte: UInt8) { text.append(byte) }

  mutating func write(_ bytes: some Collection<UInt8>) { text.append(contentsOf: bytes) }

  /// Ends the symbol that is being written; false if it has no name or the limit is reached, and then it is
  /// forgotten.
  mutating func finish(address: UInt64) -> Bool {
    let start = Int(starts[starts.count - 1])
    guard text.count >= start + 2, text.count <= Self.textLimitBytes else {
      text.removeLast(text.count - start)
      return false
    }
    hashes.append(Self.hash(text[(start + 1)...]))
    starts.append(UInt32(text.count))
    addresses.append(address)
    return true
  }

  /// FNV-1a.
  static func hash(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var hash: UInt32 = 0x811c_9dc5
    for byte in bytes { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    return hash
  }

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
