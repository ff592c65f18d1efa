public import PageTables

/// The area rules that a kernel is taken to have, and how sure that is.
public struct KernelRules: Hashable, Sendable {
  public var areas: AreaRules
  /// The release whose rules these are: they were found by running programs on it.
  public var known: KernelRelease
  /// The kernel is of another release than that, so that a difference may be the release's.
  public var isNearest: Bool

  /// The rules for `uname -r`: those of the nearest release that is known, at or below the given one if there
  /// is one; of the newest if the text names none.
  public init(release text: String) {
    let known: [(release: KernelRelease, areas: AreaRules)] = [
      (KernelRelease(6, 18), .linux6v18), (KernelRelease(6, 12), .linux6v12),
      (KernelRelease(6, 1), .linux6v1),
    ]
    let asked = KernelRelease(text)
    var found = known[0]
    if let asked { found = known.first { $0.release <= asked } ?? known[known.count - 1] }
    self.known = found.release
    areas = found.areas
    isNearest = asked != found.release
  }
}
