// What mm/rmap.c does with the chain of an area's anonymous maps. The kernel's lists are newest first, and
// so are these.

extension Area {
  /// Gives an area that has no pages yet the maps of another (`anon_vma_clone`, 6.1 to 6.18).
  ///
  /// A forked child's area may take over a map that nobody puts pages into any more and that has fewer than
  /// two children.
  func cloneChain(of source: Area) {
    for map in source.chain.reversed() {
      chain.append(map)
      map.areaCount += 1
      if anonymousMap == nil, source.anonymousMap != nil, map.childCount < 2, map.activeAreaCount == 0 {
        anonymousMap = map
      }
    }
    chain.reverse()
    anonymousMap?.activeAreaCount += 1
  }

  /// Lets go of all maps (`unlink_anon_vmas`).
  func unlinkChain() {
    for map in chain {
      map.areaCount -= 1
      if map.areaCount == 0 { (map.parent ?? map).childCount -= 1 }
    }
    chain = []
    anonymousMap?.activeAreaCount -= 1
    anonymousMap = nil
  }

  /// A child's area: the maps of its parent, and one of its own for new pages (`anon_vma_fork`).
  func forkChain(of source: Area) {
    anonymousMap = nil
    guard let parent = source.anonymousMap else { return }
    cloneChain(of: source)
    guard anonymousMap == nil else { return }
    let map = AnonymousMap(rootNumber: parent.rootNumber)
    map.parent = parent
    parent.childCount += 1
    link(map)
  }

  /// Takes the map of another area if it has none (`dup_anon_vma`).
  func takeMap(of source: Area) {
    guard let map = source.anonymousMap, anonymousMap == nil else { return }
    anonymousMap = map
    cloneChain(of: source)
  }

  /// Puts new pages into `map`, which is not in the chain yet.
  func link(_ map: AnonymousMap) {
    anonymousMap = map
    chain.insert(map, at: 0)
    map.areaCount += 1
    map.activeAreaCount += 1
  }
}
