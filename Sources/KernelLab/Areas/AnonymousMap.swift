/// The areas that may hold a group of anonymous pages (`anon_vma`, `mm/rmap.c`): made at an area's first
/// private write, inherited by the areas that it is split into and by those of children.
final class AnonymousMap {
  /// The map of the area that this one's was forked from; nil stands for itself, as the first one has it.
  weak var parent: AnonymousMap?
  /// How many maps have this one as their parent, itself counted where it is the first (`num_children`).
  var childCount = 0
  /// How many areas put their new pages here (`num_active_vmas`).
  var activeAreaCount = 0
  /// How many areas have it in their chain.
  var areaCount = 0
  /// Whose lock is taken: that of the first map, which this one was forked from (`anon_vma->root`). The space that
  /// made it, and its number there.
  let rootNumber: UInt64

  init(rootNumber: UInt64) { self.rootNumber = rootNumber }
}
