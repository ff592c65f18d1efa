public import PageTables

/// The area rules that a kernel is taken to have, and how sure that is.
public struct KernelRules: Hashable, Sendable {
  public var areas: AreaRules
  /// The release whose rules these are: they were found by running programs on it.
  public var known: KernelRelease
  /// The kernel is of another release than that, so that a difference may be the release's.
  public var isNearest: Bool

  /// The releases whose rules are known, newest first.
  public static let all: [(release: KernelRelease, areas: AreaRules)] = [
    (KernelRelease(7, 2), .linux7v2), (KernelRelease(6, 18), .linux6v18),
    (KernelRelease(6, 12), .linux6v12), (KernelRelease(6, 1), .linux6v1),
  ]

  /// The rules for a release: those of the newest known one that is not newer; nil if all are.
  public init?(_ release: KernelRelease) {
    guard let found = Self.all.first(where: { $0.release <= release }) else { return nil }
    known = found.release
    areas = found.areas
    isNearest = release != found.release
  }
}
