import PageTables

extension VmallocSearch {
  /// The records of all nodes.
  func nodeRecords(_ symbol: UInt64) -> [Record] {
    guard let start = reader.pointer(at: symbol) else { return [] }
    let countAt = search.address(ofSymbol: "nr_vmap_nodes")?.value
    let count = Int(min(countAt.flatMap(reader.number32) ?? 1, Self.nodeLimit))
    return nodeRecords(from: start, count: count)
  }

  /// The records of nodes whose symbols are not known: the image's data has the only node there is (32-bit kernels,
  /// one processor), or the pointer to an array of nodes.
  ///
  /// - Complexity: linear in the size of the image's data.
  func recordsByImage() -> [Record] {
    guard let linear = survey.linear else { return [] }
    let linearMap = linear.first...linear.last
    let word = reader.wordByteCount
    var seen: Set<UInt64> = []
    for data in imageData {
      var page = data.lowerBound & ~4095
      while page < data.upperBound {
        let bytes = reader.bytes(at: page, count: 4096) ?? []
        var offset = 0
        while offset < bytes.count {
          let value = bytes.number(at: offset, byteCount: word)
          defer { offset += word }
          guard value % reader.word == 0, linearMap.contains(value) else { continue }
          if offset >= word, offset + 2 * word <= bytes.count,
            linearMap.contains(bytes.number(at: offset - word, byteCount: word)),
            linearMap.contains(bytes.number(at: offset + word, byteCount: word))
          {
            // A busy list's head, with its tree's root before it.
            let found = busyRecords(head: page &+ UInt64(offset), next: value)
            if found.count > 1 { return found }
          }
          // Two nodes and more fill pages.
          if value & 4095 == 0, seen.insert(value).inserted, isNodeArray(value) {
            let found = nodeRecords(from: value, count: Int(Self.nodeLimit))
            if found.count > 1 { return found }
          }
        }
        guard page < .max - 8191 else { break }
        page += 4096
      }
    }
    return []
  }

  /// The image's data, at most ``imageDataLimit``. Where it is a part of the linear map and no symbol says where it
  /// ends (ARM), what lies behind the image's protected part.
  private var imageData: [ClosedRange<UInt64>] {
    let ranges = regions.filter { $0.name == "kernel data" }
      .map { ($0.first.rawValue, $0.last.rawValue) }
    if !ranges.isEmpty { return ranges.map { $0...$0 + min($1 - $0, Self.imageDataLimit) } }
    guard let linear = survey.linear,
      let image = regions.last(where: { ["kernel text", "kernel rodata"].contains($0.name) }),
      (linear.first..<linear.last).contains(image.last.rawValue)
    else { return [] }
    let first = image.last.rawValue + 1
    return [first...first + min(linear.last - first, Self.dataBehindImage)]
  }

  /// Data and bss of an ARM kernel have some 3 MiB.
  private static var dataBehindImage: UInt64 { 16 << 20 }
  /// As many nodes as there can be (128 in 6.12), with room.
  private static var nodeLimit: UInt32 { 1024 }
  /// The data of an image is a few MiB, of a debug kernel some tens.
  private static var imageDataLimit: UInt64 { 256 << 20 }
  /// The lists of free areas by size that a node begins with: `{next, prev, len}` each.
  private static var poolCount: UInt64 { 256 }

  /// Whether an array of nodes may begin at `address`: the pools of the largest areas, hardly ever used, are empty
  /// lists, which point at themselves.
  private func isNodeArray(_ address: UInt64) -> Bool {
    (1...8).allSatisfy { (back: UInt64) in
      let place = address &+ (Self.poolCount - back) &* 3 &* reader.word
      return reader.pointer(at: place) == place
    }
  }

  /// The live records of one list, if there is one.
  private func busyRecords(head: UInt64, next: UInt64) -> [Record] {
    guard isListHead(head, next: next), let root = reader.pointer(at: head &- reader.word), isTreeRoot(root)
    else { return [] }
    var budget = Self.areaLimit
    return list(from: next, head: head, budget: &budget).filter { isLive($0) }
  }

  /// The records of an array of nodes. A node's lists are told by their shape: the head of the tree beside the
  /// list's head points to a root, and the list's neighbours point back.
  private func nodeRecords(from start: UInt64, count: Int) -> [Record] {
    // A node has 256 pools of three words and two lists: 6.3 KiB where words have 8 bytes.
    let end = start &+ UInt64(count) &* Self.poolCount &* 4 &* reader.word
    var records: [Record] = []
    var seen: Set<UInt64> = []
    // Forged lists may lead into each other again and again.
    var budget = Self.areaLimit
    var page = start & ~4095
    while page < end {
      guard let bytes = reader.bytes(at: page, count: 4096) else { break }
      var offset = page < start ? Int(start - page) & ~(reader.wordByteCount - 1) : 0
      var emptyLists = 0
      while offset < 4096, page &+ UInt64(offset) < end, budget > 0 {
        let node = bytes.number(at: offset, byteCount: reader.wordByteCount)
        let place = page &+ UInt64(offset)
        if node == place { emptyLists += 1 }
        if node != 0, node % reader.word == 0, isListHead(place, next: node),
          let root = reader.pointer(at: place &- reader.word), isTreeRoot(root)
        {
          for record in list(from: node, head: place, budget: &budget)
          where seen.insert(record.address).inserted {
            records.append(record)
          }
        }
        offset += reader.wordByteCount
      }
      // The pools of nodes are in every page of them but the last.
      guard emptyLists > 0 else { break }
      page &+= 4096
    }
    // Freed areas wait in the second of a node's lists: their pages are unmapped, their `vm_struct` may be
    // another's by now.
    return records.filter { isLive($0) }
  }

  private func isListHead(_ head: UInt64, next: UInt64) -> Bool {
    guard next != head, reader.pointer(at: next &+ reader.word) == head,
      let last = reader.pointer(at: head &+ reader.word), reader.pointer(at: last) == head
    else { return false }
    return record(at: next &- listOffset) != nil
  }

  /// Whether a red-black tree's root is at `node`: its parent word holds at most the colour.
  private func isTreeRoot(_ node: UInt64) -> Bool {
    guard let parent = reader.pointer(at: node) else { return false }
    return parent <= 1
  }

  private func list(from first: UInt64, head: UInt64, budget: inout Int) -> [Record] {
    var records: [Record] = []
    var node: UInt64? = first
    while let place = node, place != head, budget > 0, let record = record(at: place &- listOffset) {
      budget -= 1
      records.append(record)
      node = reader.pointer(at: place)
    }
    return records
  }
}
