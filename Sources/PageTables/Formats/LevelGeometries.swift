/// The geometries of a format's levels.
///
/// Named places and a switch instead of a list: to index a list inside a larger value, Swift 6.3 copies the
/// whole list first, which costs more than the walk.
@frozen
public struct LevelGeometries: Hashable, BitwiseCopyable, Sendable {
  @usableFromInline var first: LevelGeometry
  @usableFromInline var second: LevelGeometry
  @usableFromInline var third: LevelGeometry
  @usableFromInline var fourth: LevelGeometry
  @usableFromInline var fifth: LevelGeometry
  @usableFromInline var sixth: LevelGeometry

  /// No level.
  init() {
    first = .none
    second = .none
    third = .none
    fourth = .none
    fifth = .none
    sixth = .none
  }

  /// The geometries of the levels of `format`.
  init(_ format: PagingFormat) {
    first = LevelGeometry(format.levels[0], of: format)
    second = LevelGeometry(format.levels[1], of: format)
    third = LevelGeometry(format.levels[2], of: format)
    fourth = LevelGeometry(format.levels[3], of: format)
    fifth = LevelGeometry(format.levels[4], of: format)
    sixth = LevelGeometry(format.levels[5], of: format)
  }

  /// The geometry of the level at `depth`; beyond the last level one that nothing fits.
  @inlinable @inline(__always)
  public subscript(depth: Int) -> LevelGeometry {
    switch depth {
    case 0: first
    case 1: second
    case 2: third
    case 3: fourth
    case 4: fifth
    default: sixth
    }
  }
}
