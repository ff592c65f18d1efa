// When neighbouring areas become one (mm/vma.c of 6.18, mm/mmap.c of 6.1 and 6.12). The rules were found by
// running the same random programs on those kernels; where they differ, `AreaRules` says so.

/// A stretch that is to become an area, or a part of one.
struct AreaPlan {
  var start: UInt64
  var end: UInt64
  var flags: AreaFlags
  var file: FileObject?
  var pageOffset: UInt64
}

extension AddressSpace {
  /// Whether `neighbour` can take in pages of `map`, those of `source` if there is one.
  private func mapsFit(
    _ neighbour: Area, _ source: Area?, _ map: AnonymousMap?, _ rules: AreaRules
  ) -> Bool {
    if rules.mergesUnfaulted {
      if neighbour.anonymousMap == nil, map != nil {
        return source?.anonymousMap == nil || source?.chain.count == 1
      }
      if neighbour.anonymousMap != nil, map == nil { return neighbour.chain.count == 1 }
      return neighbour.anonymousMap === map
    }
    if neighbour.anonymousMap == nil || map == nil, neighbour.chain.count == 1 { return true }
    return neighbour.anonymousMap === map
  }

  private func isAlike(_ area: Area, _ plan: AreaPlan) -> Bool {
    area.flags == plan.flags && area.file === plan.file
  }

  /// Whether `plan` can continue the area before it (`can_vma_merge_left`).
  private func continues(
    _ previous: Area?, _ plan: AreaPlan, _ source: Area?, _ map: AnonymousMap?, _ rules: AreaRules
  ) -> Bool {
    guard let previous, previous.end == plan.start, isAlike(previous, plan) else { return false }
    return previous.page(at: plan.start, pageSizeBits: pageSizeBits) == plan.pageOffset
      && mapsFit(previous, source, map, rules)
  }

  /// Whether the area behind it can continue `plan` (`can_vma_merge_right`); with `previous` if that is
  /// to be part of it too.
  private func isContinued(
    by next: Area?, _ plan: AreaPlan, _ source: Area?, _ map: AnonymousMap?, previous: Area?,
    _ rules: AreaRules
  ) -> Bool {
    guard let next, next.start == plan.end, isAlike(next, plan),
      next.pageOffset == plan.pageOffset &+ ((plan.end &- plan.start) &>> pageSizeBits),
      mapsFit(next, source, map, rules)
    else { return false }
    guard let previous else { return true }
    return previous.anonymousMap == nil || next.anonymousMap == nil
      || previous.anonymousMap === next.anonymousMap
  }

  /// Adds a range that no area has to its neighbours if they fit (`vma_merge_new_range`); nil if they do not.
  ///
  /// - Parameters:
  ///   - source: the area that is copied to the range, by mremap.
  ///   - excluded: a neighbour that stays by itself.
  ///   - withPreviousOnly: the neighbour behind is left alone (brk).
  ///   - isMap: an area of mmap: 6.1 asks the next one first.
  func merge(
    _ plan: AreaPlan, source: Area? = nil, except excluded: Area? = nil, withPreviousOnly: Bool = false,
    isMap: Bool = false, rules: AreaRules
  ) -> Area? {
    let index = firstIndex(endingBehind: plan.start)
    var previous = index > 0 ? areas[index - 1] : nil
    var next = index < areas.count ? areas[index] : nil
    if let excluded, previous === excluded { previous = nil }
    if let excluded, next === excluded { next = nil }
    if isMap, rules.mergesWithNextFirst { return mergeWithNextFirst(plan, previous, next, rules) }
    let map = source?.anonymousMap
    let takesPrevious = continues(previous, plan, nil, map, rules)
    let takesNext =
      !withPreviousOnly
      && isContinued(by: next, plan, nil, map, previous: takesPrevious ? previous : nil, rules)
    if takesPrevious, let previous {
      if takesNext, let next { join(previous, next) } else { previous.end = plan.end }
      if let source { previous.takeMap(of: source) }
      return previous
    }
    if takesNext, let next {
      extend(next, downTo: plan)
      if let source { next.takeMap(of: source) }
      return next
    }
    return nil
  }

  private func mergeWithNextFirst(
    _ plan: AreaPlan, _ previous: Area?, _ next: Area?, _ rules: AreaRules
  ) -> Area? {
    let takesNext = isContinued(by: next, plan, nil, nil, previous: nil, rules)
    let takesPrevious = continues(previous, plan, nil, takesNext ? next?.anonymousMap : nil, rules)
    if takesNext, let next {
      guard takesPrevious, let previous else {
        extend(next, downTo: plan)
        return next
      }
      join(previous, next)
      return previous
    }
    if takesPrevious { previous?.end = plan.end }
    return takesPrevious ? previous : nil
  }

  /// Lets the lower of two areas take all up to the end of the upper one, which goes.
  private func join(_ lower: Area, _ upper: Area) {
    lower.takeMap(of: upper)
    remove(upper)
    lower.end = upper.end
  }

  private func extend(_ next: Area, downTo plan: AreaPlan) {
    next.start = plan.start
    next.pageOffset = plan.pageOffset
  }

  /// Gives a part of an area other properties: merges it with neighbours that have them, or splits
  /// (`vma_modify`). The area that has the part afterwards.
  @discardableResult
  func modify(_ area: Area, _ range: Range<UInt64>, flags: AreaFlags, rules: AreaRules) -> Area {
    let index = index(of: area)
    let isFirst = range.lowerBound == area.start
    let isLast = range.upperBound == area.end
    let previous = isFirst && index > 0 ? areas[index - 1] : nil
    let next = isLast && index + 1 < areas.count ? areas[index + 1] : nil
    let plan = AreaPlan(
      start: range.lowerBound, end: range.upperBound, flags: flags, file: area.file,
      pageOffset: area.page(at: range.lowerBound, pageSizeBits: pageSizeBits))
    let takesPrevious = continues(previous, plan, area, area.anonymousMap, rules)
    let takesNext = isContinued(
      by: next, plan, area, area.anonymousMap, previous: takesPrevious ? previous : nil, rules)
    if takesPrevious, let previous {
      if takesNext, let next {
        previous.takeMap(of: next.anonymousMap != nil ? next : area)
        remove(area)
        remove(next)
        previous.end = next.end
        return previous
      }
      previous.takeMap(of: area)
      if isLast {
        remove(area)
      } else {
        area.pageOffset = area.page(at: range.upperBound, pageSizeBits: pageSizeBits)
        area.start = range.upperBound
      }
      previous.end = range.upperBound
      return previous
    }
    if takesNext, let next {
      next.takeMap(of: area)
      if isFirst { remove(area) } else { area.end = range.lowerBound }
      extend(next, downTo: plan)
      return next
    }
    let part = isFirst ? area : split(area, at: range.lowerBound)
    if !isLast { split(part, at: range.upperBound) }
    part.flags = flags
    return part
  }

  /// Makes an area longer in place, together with the next one if that fits (`vma_merge_extend`).
  func extend(_ area: Area, to end: UInt64, rules: AreaRules) {
    let index = index(of: area)
    let next = index + 1 < areas.count ? areas[index + 1] : nil
    let plan = AreaPlan(
      start: area.end, end: end, flags: area.flags, file: area.file,
      pageOffset: area.page(at: area.end, pageSizeBits: pageSizeBits))
    let source = rules.mergesUnfaulted ? nil : area
    if isContinued(by: next, plan, source, area.anonymousMap, previous: area, rules), let next {
      join(area, next)
    } else {
      area.end = end
    }
  }
}
