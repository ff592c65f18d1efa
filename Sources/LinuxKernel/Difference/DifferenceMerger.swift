import PageTables

/// Steps through the ranges of two spaces side by side, and merges what differs in the same way.
struct DifferenceMerger {
  private let format: PagingFormat
  private var pending: SpaceDifference?

  init(format: PagingFormat) { self.format = format }

  /// Compares two lists of ranges that tile the same addresses.
  mutating func compare(_ old: [MappedRange], _ new: [MappedRange], _ body: (SpaceDifference) -> Void) {
    var oldIndex = 0
    var newIndex = 0
    while oldIndex < old.count, newIndex < new.count {
      let left = old[oldIndex]
      let right = new[newIndex]
      let first = max(left.first, right.first)
      let last = min(left.last, right.last)
      if first <= last {
        let before = left.content(at: first)
        let after = right.content(at: first)
        let aspects = aspects(before, after)
        if !aspects.isEmpty {
          add(
            SpaceDifference(first: first, last: last, aspects: aspects, before: before, after: after), body)
        }
      }
      if left.last <= right.last { oldIndex += 1 }
      if right.last <= left.last { newIndex += 1 }
    }
  }

  /// Hands over the last difference.
  mutating func finish(_ body: (SpaceDifference) -> Void) {
    if let pending { body(pending) }
    pending = nil
  }

  private mutating func add(_ next: SpaceDifference, _ body: (SpaceDifference) -> Void) {
    if let current = pending, current.last.rawValue &+ 1 == next.first.rawValue,
      current.aspects == next.aspects, isAlike(current.before, next.before),
      isAlike(current.after, next.after)
    {
      pending?.last = next.last
      return
    }
    finish(body)
    pending = next
  }

  /// Whether two neighbouring contents differ only in the memory that they map.
  private func isAlike(_ left: MappedRange.Content, _ right: MappedRange.Content) -> Bool {
    switch (left, right) {
    case (.mapped(let left), .mapped(let right)):
      left.access == right.access && left.pageSizeBits == right.pageSizeBits && left.depth == right.depth
    case (.gap(let left), .gap(let right)): Self.isSameState(left, right)
    default: false
    }
  }

  private func aspects(
    _ before: MappedRange.Content, _ after: MappedRange.Content
  ) -> SpaceDifference.Aspects {
    switch (before, after) {
    case (.gap, .mapped): return .mapped
    case (.mapped, .gap): return .unmapped
    case (.gap(let old), .gap(let new)): return Self.isSameState(old, new) ? [] : .state
    case (.mapped(let old), .mapped(let new)):
      var aspects: SpaceDifference.Aspects = []
      if old.physical != new.physical { aspects.insert(.frame) }
      if old.access != new.access { aspects.insert(.access) }
      if old.pageSizeBits != new.pageSizeBits || old.depth != new.depth {
        aspects.insert(.pageSize)
      } else if hasOtherFlags(old, new) {
        aspects.insert(.flags)
      }
      return aspects
    }
  }

  private static func isSameState(_ old: StopReason, _ new: StopReason) -> Bool {
    // Which slot of which swap area a page is in, or which frame is being moved, is not compared.
    if case .notPresent(let old) = old, case .notPresent(let new) = new { return old.kind == new.kind }
    return old == new
  }

  /// Whether bits differ that are neither address nor rights, nor accessed or dirty.
  private func hasOtherFlags(_ old: MappedRange.Mapping, _ new: MappedRange.Mapping) -> Bool {
    guard old.ruleIndex == new.ruleIndex else { return true }
    let rule = format.level(Int(old.depth)).rules[Int(old.ruleIndex)]
    let ignored =
      rule.address.entryMask | format.volatileMask(of: rule) | format.accessMask(of: rule)
      | format.memoryEncryptionMask
    return (old.entry ^ new.entry) & ~ignored != 0
  }
}

extension MappedRange {
  /// The range's content as seen from `address` on.
  func content(at address: VirtualAddress) -> Content {
    guard case .mapped(var mapping) = content else { return content }
    mapping.physical = mapping.physical.advanced(byBytes: address.rawValue &- first.rawValue)
    return .mapped(mapping)
  }
}
