import PageTables

/// Finds what vmalloc has given out, and to whom.
///
/// `struct vmap_area` is `{va_start, va_end, rb_node (3 words), list (2 words), vm}` since Linux 3.10;
/// up to 6.8 one list, `vmap_area_list`, holds all of them in ascending order, since 6.9 each of the
/// `vmap_nodes` has a list of its own (mm/vmalloc.c).
struct VmallocSearch: Sendable {
  let search: RegionSearch
  let survey: MasterSurvey
  let regions: RegionList
  let reader: MasterReader

  init(search: RegionSearch, survey: MasterSurvey, regions: RegionList) {
    self.search = search
    self.survey = survey
    self.regions = regions
    reader = search.reader
  }

  /// The most areas of one list, against lists without an end.
  static let areaLimit = 1 << 20

  /// A `vmap_area` as it was read.
  struct Record {
    var address: UInt64
    var first: UInt64
    var end: UInt64
    /// The pointer to the `vm_struct`.
    var descriptor: UInt64
  }

  var listOffset: UInt64 {
    let known = search.number("OFFSET(vmap_area.list)").flatMap(Int.init(exactly:))
    // A record is smaller than this; a larger offset is a lie.
    return UInt64(
      [known, search.fieldOffset("vmap_area.list")].compactMap(\.self).first { (8..<256).contains($0) }
        ?? 5 * reader.wordByteCount)
  }

  func find() -> (areas: [VmallocArea], notes: [String]) {
    var notes: [String] = []
    var records: [Record] = []
    var evidence = Evidence(.shape, "")
    if let list = search.address(ofSymbol: "vmap_area_list") {
      records = walk(head: list.value, notes: &notes)
      evidence = Evidence(list.evidence.method, "vmap_area_list")
    } else if let nodes = search.address(ofSymbol: "vmap_nodes") {
      records = nodeRecords(nodes.value)
      evidence = Evidence(nodes.evidence.method, "vmap_nodes, whose lists were told by their shape")
    }
    if records.isEmpty {
      records = recordsByImage()
      evidence = Evidence(.shape, "vmap_nodes, told by the shape of their lists: the image leads to them")
    }
    if records.isEmpty, search.searchesRAM {
      records = recordsInRAM()
      evidence = Evidence(.shape, "vmap_areas found in RAM, in lists that fit together")
    }
    if records.isEmpty {
      notes.append("who owns vmalloc's areas is not known: neither vmap_area_list nor vmap_nodes was found")
    }
    records.sort { ($0.first, $0.address) < ($1.first, $1.address) }
    return (describe(records, evidence), notes)
  }

  /// The record at `address`, if it can be one.
  func record(at address: UInt64) -> Record? {
    let word = reader.word
    guard address % word == 0, let first = reader.pointer(at: address),
      let end = reader.pointer(at: address &+ word), first < end, (first | end) & 4095 == 0, first != 0
    else { return nil }
    // The last word of the record; a union that holds a size in free areas.
    let offset = search.fieldOffset("vmap_area.vm").map(UInt64.init(clamping:)) ?? listOffset &+ 2 &* word
    return Record(
      address: address, first: first, end: end, descriptor: reader.pointer(at: address &+ offset) ?? 0)
  }

  /// The records of a circular list in ascending order.
  private func walk(head: UInt64, notes: inout [String]) -> [Record] {
    var records: [Record] = []
    var node = reader.pointer(at: head)
    while let place = node, place != head {
      guard records.count < Self.areaLimit, let record = record(at: place &- listOffset),
        record.first >= records.last?.end ?? 0
      else {
        notes.append("partial: the list of vmalloc's areas breaks off after \(records.count)")
        return records
      }
      records.append(record)
      node = reader.pointer(at: place)
    }
    if node == nil { notes.append("partial: the list of vmalloc's areas could not be read to its end") }
    return records
  }

  /// Whether something is mapped in the area, and its `vm_struct` is of this area.
  func isLive(_ record: Record) -> Bool {
    guard survey.isAnythingMapped(from: record.first, through: record.end - 1) else { return false }
    let offset = search.fieldOffset("vm_struct.addr").map(UInt64.init(clamping:)) ?? reader.word
    return record.descriptor == 0 || reader.pointer(at: record.descriptor &+ offset) == record.first
  }
}
