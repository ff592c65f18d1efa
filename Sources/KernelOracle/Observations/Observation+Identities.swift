extension Observation {
  /// The same observation with frames and shared objects renamed: numbered from one as they first appear, by
  /// slot and address. Two observations of the same thing on two machines are equal then, or one and its model.
  ///
  /// What is the same page is kept; which page it was is lost. Frame 0, which stands for hidden ones and for
  /// none, stays.
  public var withCanonicalIdentities: Observation {
    var frames: [UInt64: UInt64] = [0: 0]
    var objects: [UInt64: UInt64] = [:]
    var renamed = self
    for index in renamed.processes?.indices ?? 0..<0 {
      renamed.processes![index].pages = processes![index].pages.map { page in
        guard let frame = page.entry.frame else { return page }
        let name = frames[frame] ?? UInt64(frames.count)
        frames[frame] = name
        return ObservedPage(
          number: page.number,
          entry: PageEntry(rawValue: page.entry.rawValue & ~PageEntry.frameMask | name))
      }
      renamed.processes![index].areas = processes![index].areas.map { area in
        guard case .sharedAnonymous(let object) = area.object else { return area }
        let name = objects[object] ?? UInt64(objects.count + 1)
        objects[object] = name
        var area = area
        area.object = .sharedAnonymous(name)
        return area
      }
    }
    return renamed
  }
}
