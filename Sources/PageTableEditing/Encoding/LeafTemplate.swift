public import PageTables

/// Everything of a leaf entry but its address, for each leaf size of a format: rights and attributes, made
/// once and used for many pages. What Linux calls `pgprot`.
@frozen
public struct LeafTemplate: Sendable, BitwiseCopyable {
  /// How many leaf sizes a template can hold; more than any format has.
  @inlinable public static var slotCount: Int { 16 }

  public let access: Access
  /// By slot; bits 0 where the size cannot express the rights.
  @usableFromInline var encodings: InlineArray<16, LeafEncoding>
  /// Linux's own entry, where there is one.
  @usableFromInline var softwareBits: UInt64
  /// The hardware's entry is left empty: Linux's says that the page is old.
  @usableFromInline var isOld: Bool

  init(access: Access) {
    self.access = access
    encodings = InlineArray(repeating: .none)
    softwareBits = 0
    isOld = false
  }
}

extension EditingFormat {
  /// Prepares rights and attributes for mapping.
  ///
  /// Leaf sizes that cannot express them are left out; mapping with such a size then says so.
  ///
  /// - Throws: ``EditError/Problem/unknownField(name:)`` if no leaf has such a field,
  ///   ``EditError/Problem/fieldNotFree(name:value:)`` if it decides rights or kind, or if the value does
  ///   not fit.
  public func template(
    _ access: Access, _ attributes: EntryAttributes = .standard
  ) throws(EditError) -> LeafTemplate {
    var template = LeafTemplate(access: access)
    let isDirty = attributes.isDirty ?? access.intersects(.write)
    var isFound = [Bool](repeating: false, count: attributes.fields.count)
    for slot in leafSizes.indices {
      var encoding = encoding(slot: slot, access: access)
      guard encoding.bits != 0 else { continue }
      let depth = kinds[encoding.kind].depth
      if let software = software[depth] {
        guard var bits = software.encodings[Int(access.rawValue & 63)] else { continue }
        if attributes.isAccessed { bits |= software.masks.accessed }
        if isDirty { bits |= software.masks.dirty }
        template.softwareBits = bits
        template.isOld = !software.isAccessed(bits) || access.isEmpty
        if !software.isDirty(bits) {
          // A clean page is read-only for the hardware, so that the first write is noticed.
          encoding = self.encoding(slot: slot, access: access.subtracting(.write))
          guard encoding.bits != 0 else { continue }
        }
      }
      let kind = kinds[encoding.kind]
      if attributes.isAccessed { encoding.bits |= kind.accessedMask }
      if isDirty { encoding.bits |= kind.dirtyMask }
      for (index, field) in attributes.fields.enumerated() {
        isFound[index] = try set(field, in: &encoding.bits, kind: kind) || isFound[index]
      }
      template.encodings.replaceElement(at: slot, with: encoding)
    }
    // Linux's entries have names of their own.
    for (index, field) in attributes.fields.enumerated() {
      for software in software {
        guard let software else { continue }
        let rule = software.present
        let taken = rule.mask | rule.address.entryMask | software.masks.access
        isFound[index] =
          try set(field, in: &template.softwareBits, table: paging.fields(of: rule), taken: taken)
          || isFound[index]
      }
      if !isFound[index] { throw EditError(.unknownField(name: field.name)) }
    }
    return template
  }

  private func set(
    _ field: EntryAttributes.Field, in bits: inout UInt64, kind: LeafKind
  ) throws(EditError) -> Bool {
    let rule = paging.level(kind.depth).rules[kind.ruleIndex]
    return try set(field, in: &bits, table: paging.fields(of: rule), taken: ~kind.freeMask)
  }

  /// Sets a named field; false if there is none of that name.
  private func set(
    _ field: EntryAttributes.Field, in bits: inout UInt64, table: FieldTable, taken: UInt64
  ) throws(EditError) -> Bool {
    for index in 0..<table.fields.count where table.fields[index].name.description == field.name {
      let place = table.fields[index]
      guard place.mask & taken == 0, field.value <= place.mask >> UInt64(place.lowBit) else {
        throw EditError(.fieldNotFree(name: field.name, value: field.value))
      }
      bits = (bits & ~place.mask) | (field.value << UInt64(place.lowBit))
      return true
    }
    return false
  }
}
