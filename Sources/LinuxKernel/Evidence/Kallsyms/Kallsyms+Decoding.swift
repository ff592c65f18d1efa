import PageTables

extension Kallsyms {
  /// Puts names and addresses together.
  ///
  /// A block of 256 names with a missing page is read up to it, and the next block is found by its marker.
  ///
  /// - Parameters:
  ///   - offset: is added to each address.
  ///   - mask: the bits of an address.
  /// - Throws: if the names are none.
  static func decode(
    names: KallsymsNames, tokens: KallsymsTokens, addresses: [UInt64?], offset: UInt64, mask: UInt64
  ) throws(KallsymsTokens.NotFound) -> (builder: SymbolTableBuilder, gaps: [String]) {
    var line = KallsymsLine(tokens: tokens)
    var builder = SymbolTableBuilder(symbolCapacity: names.count, textCapacity: 32 * names.count)
    var missingNames = 0
    var missingAddresses = 0
    for block in names.markers.indices {
      let first = 256 * block
      let end = min(first + 256, names.count)
      var place = Int(names.start - names.stretch.first) + names.markers[block]
      let blockEnd = names.end(ofBlock: block)
      let isWhole = names.stretch.contains(
        names.start + UInt64(names.markers[block]), count: blockEnd - names.markers[block])
      for index in first..<end {
        guard let name = names.name(at: place),
          isWhole
            || names.stretch.contains(names.stretch.first + UInt64(place), count: name.upperBound - place)
        else {
          missingNames += end - index
          break
        }
        place = name.upperBound
        guard let address = addresses[index] else {
          missingAddresses += 1
          continue
        }
        guard line.expand(names.stretch.bytes, name),
          builder.append(line.bytes[..<line.count], hash: line.hash, address: (address &+ offset) & mask)
        else { throw KallsymsTokens.NotFound("symbol \(index) has no name, or the names are too long") }
      }
    }
    guard !builder.addresses.isEmpty else { throw KallsymsTokens.NotFound("all names are on missing pages") }
    var gaps: [String] = []
    if missingNames > 0 { gaps.append("\(missingNames) of \(names.count) names are on missing pages") }
    if missingAddresses > 0 {
      gaps.append("\(missingAddresses) of \(names.count) addresses are on missing pages")
    }
    return (builder, gaps)
  }
}
