import PageTables

/// Finds the loaded modules.
///
/// `struct module` begins `{enum state, list_head list, char name[64 - sizeof(long)], ...}`
/// (include/linux/module.h, since 2.6). It lies in its module's own data. So where no symbol leads to the
/// list, any page of modules that holds such a structure, with neighbours that point back, does.
struct ModuleSearch: Sendable {
  let search: RegionSearch
  let survey: MasterSurvey
  let regions: RegionList
  let reader: MasterReader
  /// For the pages that are looked through on the way.
  private let passing: MasterReader

  init(search: RegionSearch, survey: MasterSurvey, regions: RegionList) {
    self.search = search
    self.survey = survey
    self.regions = regions
    reader = search.reader
    passing = MasterReader(format: search.format, master: search.master, memory: search.memory.searching)
  }

  /// The most modules; a distribution's kernel has some 300 loaded.
  private static let moduleLimit = 8192
  /// How much of a structure is looked at: it has about 1 KiB.
  private static let structureByteCount: UInt64 = 0x600
  /// How many lists are followed to find out that they do not close.
  private static let attemptLimit = 64
  /// How much mapped memory is looked through for a first module.
  private static let searchLimit: UInt64 = 512 << 20

  func find() -> (modules: [KernelModule], notes: [String]) {
    if let head = search.address(ofSymbol: "modules") {
      let modules = walk(head: head.value, evidence: Evidence(head.evidence.method, "the list `modules`"))
      if let modules { return (modules, []) }
    }
    let evidence = Evidence(.shape, "struct module in a list whose neighbours point back")
    guard let node = firstNode(), let modules = walk(head: node, evidence: evidence) else {
      return ([], ["no module was found: there is none, or its structure has another shape"])
    }
    return (modules, [])
  }

  /// The modules of a circular list; the head, wherever the walk begins, is no module. Nil if the list does
  /// not close.
  private func walk(head: UInt64, evidence: Evidence) -> [KernelModule]? {
    var modules: [KernelModule] = []
    var node = head
    var count = 0
    repeat {
      if let name = name(ofNode: node) {
        modules.append(KernelModule(name: name, parts: parts(ofNode: node), evidence: evidence))
      }
      guard let next = reader.pointer(at: node), reader.pointer(at: next &+ reader.word) == node else {
        return nil
      }
      node = next
      count += 1
    } while node != head && count < Self.moduleLimit
    return node == head ? modules : nil
  }

  /// The name of the module whose list node is at `node`, if it can be one.
  private func name(ofNode node: UInt64) -> String? {
    let nameAddress = node &+ 2 &* reader.word
    guard isModuleMemory(node), let state = reader.number32(at: node &- reader.word), state <= 3 else {
      return nil
    }
    let count = 64 - reader.wordByteCount
    var text: [UInt8] = []
    // The name may cross a page.
    while text.count < count {
      let here = nameAddress &+ UInt64(text.count)
      let part = min(count - text.count, 4096 - Int(here & 4095))
      guard let piece = reader.bytes(at: here, count: part) else { return nil }
      text += piece
    }
    guard let end = text.firstIndex(of: 0), end > 0,
      text[..<end].allSatisfy({ Self.isNameByte($0) }), text[end...].allSatisfy({ $0 == 0 })
    else { return nil }
    return String(decoding: text[..<end], as: UTF8.self)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// Whether modules may be at `address`: in their region, or in vmalloc.
  private func isModuleMemory(_ address: UInt64) -> Bool {
    let name = regions.region(at: VirtualAddress(address))?.name
    return name == "modules" || name == "vmalloc"
  }

  /// Pairs of a page's address and a size in whole pages, all mapped: the memory of the module.
  private func parts(ofNode node: UInt64) -> [KernelModule.Part] {
    var parts: [KernelModule.Part] = []
    let start = node &+ 2 &* reader.word &+ UInt64(64 - reader.wordByteCount)
    var place = start
    while place < start &+ Self.structureByteCount {
      defer { place &+= reader.word }
      guard let first = reader.pointer(at: place), first != 0, first & 4095 == 0, isModuleMemory(first),
        let size = size(at: place &+ reader.word), isMapped(first, byteCount: UInt64(size))
      else { continue }
      let part = KernelModule.Part(first: first, byteCount: UInt64(size))
      if !parts.contains(where: { $0.first < first &+ part.byteCount && first < $0.first &+ $0.byteCount }) {
        parts.append(part)
      }
    }
    return parts
  }

  /// A size in whole pages: behind the pointer, or, since Linux 6.13, behind a Boolean that follows it.
  private func size(at place: UInt64) -> UInt32? {
    guard var size = reader.number32(at: place) else { return nil }
    if size <= 1, reader.wordByteCount == 8 { size = reader.number32(at: place &+ 4) ?? 0 }
    return size > 0 && size & 4095 == 0 && size <= 256 << 20 ? size : nil
  }

  private func isMapped(_ first: UInt64, byteCount: UInt64) -> Bool {
    var address = first
    while address < first &+ byteCount {
      guard let range = survey.mapping(at: address), range.last.rawValue != .max else { return false }
      address = range.last.rawValue &+ 1
    }
    return true
  }

  /// The list node of a module, found by looking through the writable pages where modules can be.
  private func firstNode() -> UInt64? {
    let places = survey.mappings.filter { range in
      range.mapping?.access.contains(.kernelWrite) == true && isModuleMemory(range.first.rawValue)
        && range.mapping.map { search.memory.isRAM($0.physical) } == true
    }
    // Their own region first: it is small, and there is less in it that could be mistaken.
    let ordered =
      places.filter { regions.region(at: $0.first)?.name == "modules" }
      + places.filter { regions.region(at: $0.first)?.name != "modules" }
    var looked: UInt64 = 0
    var attempts = 0
    for range in ordered {
      var page = range.first.rawValue & ~4095
      while page <= range.last.rawValue {
        guard looked < Self.searchLimit else { return nil }
        looked += 4096
        if let node = node(inPage: page, attempts: &attempts) { return node }
        guard page < .max - 8191 else { break }
        page += 4096
      }
    }
    return nil
  }

  private func node(inPage page: UInt64, attempts: inout Int) -> UInt64? {
    guard let bytes = passing.bytes(at: page, count: 4096) else { return nil }
    let word = reader.wordByteCount
    var offset = word
    while offset + 3 * word <= 4096 {
      defer { offset += word }
      let next = bytes.number(at: offset, byteCount: word)
      // The name's first letter, and the state, dismiss nearly all.
      guard next % reader.word == 0, next > 4096, Self.isNameByte(bytes[offset + 2 * word]),
        bytes.number(at: offset - word, byteCount: 4) <= 3
      else { continue }
      let node = page + UInt64(offset)
      guard reader.pointer(at: next &+ reader.word) == node, name(ofNode: node) != nil,
        !parts(ofNode: node).isEmpty
      else { continue }
      // In an honest image the first one is it.
      attempts += 1
      guard attempts <= Self.attemptLimit, walk(head: node, evidence: Evidence(.shape, "")) != nil
      else { continue }
      return node
    }
    return nil
  }
}
