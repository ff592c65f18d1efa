extension TypeInformation {
  /// A structure's member.
  public struct Member: Hashable, Sendable {
    /// From the beginning of the outermost structure.
    public var bitOffset: Int
    /// The bits of a bit-field; nil for whole members.
    public var bitFieldBits: Int?
    /// The size, where the type has one.
    public var byteCount: Int?
    /// The number of its type.
    var type: Int

    /// The offset in bytes; nil for bit-fields.
    public var byteOffset: Int? { bitFieldBits == nil && bitOffset % 8 == 0 ? bitOffset / 8 : nil }
  }

  /// How many members one question may look at: nested types may be forged to explode.
  private static let memberBudget = 1 << 20
  /// How many typedefs and qualifiers are followed.
  private static let modifierLimit = 64

  /// The offset in bytes of a member, such as `mm_struct.pgd` or `file.f_path.dentry`; nil if there is none,
  /// or if it is a bit-field.
  public func offset(of path: String) -> Int? { member(path)?.byteOffset }

  /// A member by its path: a structure, union or typedef, then members of members. Members of anonymous
  /// structures are found as if they were the outer one's own, as in C. Pointers are not followed.
  ///
  /// Of several types of one name, the first that has the member answers.
  public func member(_ path: String) -> Member? {
    let parts = path.split(separator: ".", omittingEmptySubsequences: false).map { Array($0.utf8) }
    guard parts.count >= 2, parts.count <= 32, parts.allSatisfy({ !$0.isEmpty && !$0.contains(0) })
    else { return nil }
    for type in types(named: parts[0]) {
      var budget = Self.memberBudget
      var found = Member(bitOffset: 0, bitFieldBits: nil, byteCount: nil, type: type)
      var isFound = true
      for part in parts.dropFirst() {
        guard found.bitFieldBits == nil, let next = member(part, of: found.type, depth: 0, &budget) else {
          isFound = false
          break
        }
        found.bitOffset += next.bitOffset
        found.bitFieldBits = next.bitFieldBits
        found.type = next.type
      }
      if isFound {
        found.byteCount = byteCount(of: found.type)
        return found
      }
    }
    return nil
  }

  /// Which of some words are names of functions.
  ///
  /// - Complexity: one pass over all types.
  public func functions(among words: Set<String>) -> Set<String> {
    let wanted = words.map { (word: $0, bytes: Array($0.utf8)) }.filter { !$0.bytes.contains(0) }
    var found: Set<String> = []
    for type in 1...max(count, 1) {
      guard let header = header(type), header.kind == .function else { continue }
      for candidate in wanted where string(header.name, is: candidate.bytes) { found.insert(candidate.word) }
    }
    return found
  }

  /// The size in bytes of a type by its name, such as `task_struct`.
  public func size(of name: String) -> Int? {
    types(named: Array(name.utf8)).lazy.compactMap { byteCount(of: $0) }.first
  }

  /// The value of an enumeration's constant, such as `PIDTYPE_TGID`.
  public func enumerator(_ name: String) -> Int64? {
    let wanted = Array(name.utf8)
    guard !wanted.isEmpty, !wanted.contains(0) else { return nil }
    for type in enumerations {
      guard let header = header(Int(type)) else { continue }
      let is64 = header.kind == .enumeration64
      for index in 0..<header.memberCount {
        let place = header.place + 12 + index * (is64 ? 12 : 8)
        if string(Int(word(place)), is: wanted) { return constant(at: place, of: header) }
      }
    }
    return nil
  }

  /// The constants of an enumeration by its name, such as `pageflags`, in the order in which they are declared;
  /// empty if there is no such enumeration.
  public func enumerators(of name: String) -> [(name: String, value: Int64)] {
    let wanted = Array(name.utf8)
    guard !wanted.isEmpty, !wanted.contains(0) else { return [] }
    for type in enumerations {
      guard let header = header(Int(type)), string(header.name, is: wanted) else { continue }
      let is64 = header.kind == .enumeration64
      return (0..<header.memberCount).map { index in
        let place = header.place + 12 + index * (is64 ? 12 : 8)
        return (String(decoding: string(Int(word(place))), as: UTF8.self), constant(at: place, of: header))
      }
    }
    return []
  }

  /// The value of the constant at `place`.
  private func constant(at place: Int, of header: Header) -> Int64 {
    let low = word(place + 4)
    if header.kind == .enumeration64 { return Int64(bitPattern: UInt64(word(place + 8)) << 32 | UInt64(low)) }
    // The flag says that the constants are signed.
    return header.flag ? Int64(Int32(bitPattern: low)) : Int64(low)
  }

  /// The bytes of a pointer, which BTF does not say; `long` has as many in every Linux.
  public var pointerByteCount: Int? {
    // Only integers themselves: another name for a pointer would lead back here.
    ["long unsigned int", "unsigned long"].lazy.flatMap { types(named: Array($0.utf8)) }.compactMap { type in
      header(type).flatMap { $0.kind == .integer ? $0.third : nil }
    }.first
  }

  private func types(named name: [UInt8]) -> [Int] {
    guard !name.isEmpty, !name.contains(0) else { return [] }
    let hash = SymbolTableBuilder.hash(name[...])
    return definitions.filter { $0.hash == hash }.map { Int($0.type) }.filter { type in
      header(type).map { string($0.name, is: name) } ?? false
    }
  }

  private func member(_ name: [UInt8], of type: Int, depth: Int, _ budget: inout Int) -> Member? {
    guard depth < 16, let outer = resolved(type), outer.kind == .structure || outer.kind == .union
    else { return nil }
    for index in 0..<outer.memberCount {
      budget -= 1
      guard budget >= 0 else { return nil }
      let place = outer.place + 12 + 12 * index
      let nameOffset = Int(word(place))
      let type = Int(word(place + 4))
      let position = word(place + 8)
      let bitOffset = Int(outer.flag ? position & 0xff_ffff : position)
      if nameOffset == 0 {
        guard var found = member(name, of: type, depth: depth + 1, &budget) else { continue }
        found.bitOffset += bitOffset
        return found
      }
      guard string(nameOffset, is: name) else { continue }
      let bits = outer.flag ? Int(position >> 24) : 0
      return Member(
        bitOffset: bitOffset, bitFieldBits: bits > 0 ? bits : oldBitField(type), byteCount: nil, type: type)
    }
    return nil
  }

  /// The bits of a bit-field whose integer tells that it is one, as old compilers' output does.
  private func oldBitField(_ type: Int) -> Int? {
    guard let integer = resolved(type), integer.kind == .integer else { return nil }
    let data = word(integer.place + 12)
    let bits = Int(data & 0xff)
    return bits != 8 * integer.third || data >> 16 & 0xff != 0 ? bits : nil
  }

  /// The type without typedefs and qualifiers.
  private func resolved(_ type: Int) -> Header? {
    var header = header(type)
    for _ in 0..<Self.modifierLimit {
      guard let here = header, here.kind.isModifier else { return header }
      header = self.header(here.third)
    }
    return nil
  }

  private func byteCount(of type: Int) -> Int? {
    var type = type
    var factor = 1
    // Arrays of arrays of arrays.
    for _ in 0..<Self.modifierLimit {
      guard let header = resolved(type) else { return nil }
      switch header.kind {
      case .integer, .structure, .union, .enumeration, .enumeration64, .float:
        let size = header.third.multipliedReportingOverflow(by: factor)
        return size.overflow ? nil : size.partialValue
      case .pointer: return pointerByteCount.map { $0 &* factor }
      case .array:
        let product = factor.multipliedReportingOverflow(by: Int(word(header.place + 20)))
        guard !product.overflow, product.partialValue < 1 << 48 else { return nil }
        factor = product.partialValue
        type = Int(word(header.place + 12))
      default: return nil
      }
    }
    return nil
  }
}
