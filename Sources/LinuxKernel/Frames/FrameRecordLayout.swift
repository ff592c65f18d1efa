/// Where the members of `struct page` are and what its flags are called.
///
/// VMCOREINFO has it in every kernel (`SIZE(page)`, `OFFSET(page.flags)`, and of the flags a few); types (BTF)
/// have all names.
struct FrameRecordLayout: Hashable, Sendable {
  var byteCount: Int
  var flags: Int
  var mapCount: Int
  var referenceCount: Int
  /// The word whose lowest bit says that this is not the first frame of a compound page (`compound_head`, in
  /// 7.2 `compound_info`).
  var compoundHead: Int
  /// The word that holds the size of a free block (`private`), where its place is told.
  var order: Int?
  /// Names by bit number.
  var flagNames: [Int: String]
  /// How many bits of the flags' word are flags, where types tell; what is above is not.
  var flagCount: Int?
  /// Which word of ``mapCount``'s place is which type: names by number.
  var typeNames: [UInt32: String]
  /// Whether a type is a number in the highest byte (6.11 and later), and not a bit that is clear.
  var hasTypeNumbers: Bool

  /// Nil where neither tells, or they contradict each other.
  init?(types: TypeInformation?, vmcoreinfo: VMCoreInfo?) {
    func offset(_ member: String) -> Int? {
      Self.agreed(types?.offset(of: "page.\(member)"), vmcoreinfo?.offset("page.\(member)"))
    }
    guard let byteCount = Self.agreed(types?.size(of: "page"), vmcoreinfo?.size("page")),
      let flags = offset("flags"), let mapCount = offset("_mapcount"),
      let referenceCount = offset("_refcount"),
      let compoundHead = offset("compound_head") ?? offset("compound_info"),
      (16...4096).contains(byteCount),
      [flags, mapCount, referenceCount, compoundHead].allSatisfy({ (0...byteCount - 4).contains($0) })
    else { return nil }
    self.byteCount = byteCount
    self.flags = flags
    self.mapCount = mapCount
    self.referenceCount = referenceCount
    self.compoundHead = compoundHead
    order = offset("private").flatMap { (0...byteCount - 8).contains($0) ? $0 : nil }
    (flagNames, flagCount) = Self.flagNames(types, vmcoreinfo)
    (typeNames, hasTypeNumbers) = Self.typeNames(types, vmcoreinfo)
  }

  /// What two sources say, of which one may say nothing.
  private static func agreed(_ one: Int?, _ other: Int?) -> Int? {
    if let one, let other { return one == other ? one : nil }
    return one ?? other
  }

  private static func flagNames(
    _ types: TypeInformation?, _ vmcoreinfo: VMCoreInfo?
  ) -> (names: [Int: String], count: Int?) {
    var names: [Int: String] = [:]
    func note(_ name: some StringProtocol, _ value: Int64) {
      // Names for special uses stand behind the common ones, and are other names for the same bits.
      guard name.hasPrefix("PG_"), (0..<64).contains(value), names[Int(value)] == nil else { return }
      names[Int(value)] = name.dropFirst(3).lowercased()
    }
    let all = types?.enumerators(of: "pageflags") ?? []
    let count = all.first { $0.name == "__NR_PAGEFLAGS" }.map(\.value).flatMap {
      (1...64).contains($0) ? Int($0) : nil
    }
    if let count {
      for (name, value) in all where value < count { note(name, value) }
      return (names, count)
    }
    for line in vmcoreinfo?.lines ?? [] where line.hasPrefix("NUMBER(PG_") && !line.contains("mask") {
      let name = line.dropFirst("NUMBER(".count).prefix { $0 != ")" }
      if let value = vmcoreinfo?.number(String(name)) { note(name, value) }
    }
    return (names, nil)
  }

  /// Types stand in the map count's place, as numbers below -1 (include/linux/page-flags.h, Linux 4.18 to 7.2).
  private static func typeNames(
    _ types: TypeInformation?, _ vmcoreinfo: VMCoreInfo?
  ) -> (names: [UInt32: String], areNumbers: Bool) {
    var names: [UInt32: String] = [:]
    for (name, value) in types?.enumerators(of: "pagetype") ?? [] where name.hasPrefix("PGTY_") {
      if (0xf0..<0xff).contains(value) { names[UInt32(value)] = name.dropFirst(5).lowercased() }
    }
    if !names.isEmpty { return (names, true) }
    let buddy = vmcoreinfo?.number("PAGE_BUDDY_MAPCOUNT_VALUE").map { UInt32(truncatingIfNeeded: $0) }
    if let buddy, buddy & 0xff_ffff == 0 {
      for name in ["BUDDY", "OFFLINE", "SLAB", "HUGETLB", "UNACCEPTED"] {
        guard let value = vmcoreinfo?.number("PAGE_\(name)_MAPCOUNT_VALUE") else { continue }
        names[UInt32(truncatingIfNeeded: value) >> 24] = name.lowercased()
      }
      return (names, true)
    }
    return ([0x80: "buddy", 0x100: "offline", 0x200: "table", 0x400: "guard"], false)
  }

  /// What the word in the map count's place says: a count, or a type.
  func meaning(ofMapCount word: UInt32) -> (count: Int?, type: String?) {
    let signed = Int32(bitPattern: word)
    // An unmapped frame has -1; a little below that is a count that went wrong.
    if signed >= -128 { return (Int(signed) + 1, nil) }
    if hasTypeNumbers { return (nil, typeNames[word >> 24] ?? "0x\(hexadecimalDigits(UInt64(word >> 24)))") }
    guard word >> 28 == 0xf else { return (Int(signed) + 1, nil) }
    let names = typeNames.sorted { $0.key < $1.key }.filter { word & $0.key == 0 }.map(\.value)
    return (nil, names.isEmpty ? hexadecimal(UInt64(word)) : names.joined(separator: " "))
  }

  /// The names of the flags that are set, and whether these are all.
  func names(of word: UInt64) -> (names: [String], areAll: Bool) {
    let names = flagNames.sorted { $0.key < $1.key }.filter { word >> UInt64($0.key) & 1 == 1 }.map(\.value)
    guard let flagCount else { return (names, false) }
    let mask: UInt64 = flagCount < 64 ? (1 << UInt64(flagCount)) - 1 : .max
    return (names, (word & mask).nonzeroBitCount == names.count)
  }
}
