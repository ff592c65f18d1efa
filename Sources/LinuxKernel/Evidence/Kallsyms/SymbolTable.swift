/// Symbols by address and by name. A name may stand at several addresses, an address may have several names.
///
/// A table of 200,000 symbols takes about 10 MB: one run of bytes for all names and a few arrays of numbers.
public struct SymbolTable: Sendable {
  /// In ascending order.
  let addresses: [UInt64]
  /// Where each symbol's text begins; one more than there are symbols.
  private let starts: [UInt32]
  /// Of each symbol the type's letter, then the name.
  private let text: [UInt8]
  /// Hash to the first symbol of its chain, plus one; 0 for none. A power of two of them.
  private let heads: [UInt32]
  /// The next symbol of the same chain, plus one.
  private let links: [UInt32]

  /// Takes what `builder` has gathered. O(n), or O(n log n) if the addresses are not in order yet.
  init(_ builder: consuming SymbolTableBuilder) {
    builder.sort()
    addresses = builder.addresses
    starts = builder.starts
    text = builder.text
    var bucketCount = 16
    while bucketCount < builder.addresses.count { bucketCount *= 2 }
    var heads = [UInt32](repeating: 0, count: bucketCount)
    var links = [UInt32](repeating: 0, count: builder.addresses.count)
    // Backwards, so that a chain is in the order of addresses.
    for index in stride(from: builder.addresses.count - 1, through: 0, by: -1) {
      let bucket = Int(builder.hashes[index]) & (bucketCount - 1)
      links[index] = heads[bucket]
      heads[bucket] = UInt32(index + 1)
    }
    self.heads = heads
    self.links = links
  }

  /// The addresses that are called `name`, in ascending order.
  public func addresses(of name: String) -> [UInt64] { indices(of: name).map { addresses[$0] } }

  /// The address of `name`, if there is just one, or just one that is known outside its file.
  public func address(of name: String) -> UInt64? {
    let found = indices(of: name)
    if found.count == 1 { return addresses[found[0]] }
    let global = found.filter { self[$0].isGlobal }
    return global.count == 1 ? addresses[global[0]] : nil
  }

  /// The symbol at or closest below `address`, and the distance to it; of several at one address the first.
  ///
  /// - Parameter limit: the greatest distance. Symbols have no sizes here, so that what lies beyond the
  ///   kernel's end, or in a gap of it, seems to belong to the symbol before.
  public func nearest(
    to address: UInt64, within limit: UInt64 = 16 << 20
  ) -> (symbol: Symbol, offset: UInt64)? {
    let above = firstIndex(above: address)
    guard above > 0 else { return nil }
    let found = addresses[above - 1]
    guard address - found <= limit else { return nil }
    let first = found == 0 ? 0 : firstIndex(above: found - 1)
    return (self[first], address - found)
  }

  /// `name`, or `name+0x10`, for the symbol at or closest below `address`.
  public func describe(_ address: UInt64, within limit: UInt64 = 16 << 20) -> String? {
    nearest(to: address, within: limit).map { found in
      found.offset == 0 ? found.symbol.name : "\(found.symbol.name)+0x\(String(found.offset, radix: 16))"
    }
  }

  private func firstIndex(above address: UInt64) -> Int {
    addresses.partitioningIndex { $0 > address }
  }

  private func indices(of name: String) -> [Int] {
    let wanted = Array(name.utf8)
    var found: [Int] = []
    var link = heads[Int(SymbolTableBuilder.hash(wanted[...])) & (heads.count - 1)]
    while link != 0 {
      let index = Int(link - 1)
      if text[starts[index]..<starts[index + 1]].dropFirst().elementsEqual(wanted) { found.append(index) }
      link = links[index]
    }
    return found
  }
}

extension SymbolTable: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { addresses.count }

  /// The symbol number `position` in the order of addresses.
  public subscript(position: Int) -> Symbol {
    let bytes = text[starts[position]..<starts[position + 1]]
    return Symbol(
      name: String(decoding: bytes.dropFirst(), as: UTF8.self), address: addresses[position],
      type: Character(Unicode.Scalar(bytes.first ?? 63)))
  }
}

extension Array {
  /// A slice by the narrow indices that large tables keep.
  subscript(range: Range<UInt32>) -> ArraySlice<Element> {
    self[Int(range.lowerBound)..<Int(range.upperBound)]
  }
}
