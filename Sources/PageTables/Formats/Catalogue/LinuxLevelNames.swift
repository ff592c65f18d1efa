/// Linux's names for a level of a format that has between 2 and 5 of them.
extension PagingFormat {
  /// The name of the level that is `height` levels above the last, of `levelCount` levels.
  static func linuxName(height: UInt8, of levelCount: UInt8) -> StaticString {
    if height &+ 1 == levelCount { return "pgd" }
    switch height {
    case 0: return "pte"
    case 1: return "pmd"
    case 2: return "pud"
    default: return "p4d"
    }
  }

  /// The names of the levels that Linux folds into the top of `levelCount` levels.
  static func linuxFoldedNames(levelCount: UInt8) -> StaticString {
    switch levelCount {
    case 2: "p4d pud pmd"
    case 3: "p4d pud"
    case 4: "p4d"
    default: ""
    }
  }
}
