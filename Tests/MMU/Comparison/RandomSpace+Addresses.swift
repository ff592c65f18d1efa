import PageTables

extension RandomSpace {
  /// Addresses worth asking: the edges of every leaf from inside and from outside, inside, and anywhere in
  /// the format's regions and between them.
  mutating func addresses(count: Int) -> [UInt64] {
    var addresses: [UInt64] = []
    let highest: UInt64 = format.addressBits == 32 ? 0xffff_ffff : .max
    for leaf in leaves {
      addresses += [leaf.address, leaf.last, (leaf.address &- 1) & highest, (leaf.last &+ 1) & highest]
    }
    for index in 0..<format.regionCount {
      let region = format.regions[index]
      let (first, last) = (region.first.rawValue, region.last.rawValue)
      addresses += [first, last, (first &- 1) & highest, (last &+ 1) & highest]
    }
    while addresses.count < count {
      let leaf = leaves.randomElement(using: &generator)!
      let region = format.regions[Int.random(in: 0..<format.regionCount, using: &generator)]
      // Near a leaf: in the tables that it is in.
      let near = leaf.address ^ 1 << UInt64.random(in: 0..<UInt64(format.addressBits), using: &generator)
      addresses += [
        .random(in: leaf.address...leaf.last, using: &generator),
        .random(in: leaf.address...leaf.last, using: &generator),
        near, .random(in: region.first.rawValue...region.last.rawValue, using: &generator),
        generator.next() & highest,
      ]
    }
    return addresses
  }
}
