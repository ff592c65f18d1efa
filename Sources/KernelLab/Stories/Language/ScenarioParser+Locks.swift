extension ScenarioParser {
  mutating func takeLock() throws(ScenarioError) -> Action {
    let lock = try lock()
    var isShared = false
    var isNested = false
    while true {
      if take(word: "shared") {
        isShared = true
      } else if take(word: "nested") {
        isNested = true
      } else {
        return .locks(.take(lock, isShared: isShared, isNested: isNested))
      }
    }
  }

  mutating func locks() throws(ScenarioError) -> Action {
    if take(word: "on") { return .locks(.check(true)) }
    if take(word: "off") { return .locks(.check(false)) }
    throw unexpected("on or off")
  }

  mutating func forget() throws(ScenarioError) -> Action {
    .locks(.forget(try choice(LockReference.Word.self, "a lock's name")))
  }

  /// A lock's name, and whose it is or where.
  mutating func lock() throws(ScenarioError) -> LockReference {
    var lock = LockReference(word: try choice(LockReference.Word.self, "a lock"))
    switch lock.word {
    case .mmap: lock.owner = try task()
    case .upperTables: lock.owner = try actor()
    case .area, .anonymousMap:
      lock.owner = try task()
      lock.address = try address("an address in the area")
    case .page, .lastTable, .tableAbove:
      lock.owner = try actor()
      lock.address = try address("an address")
    case .fileMappings: lock.file = try knownFile()
    case .vmapPurge, .vmapAreas, .pgd, .swap, .reclaimLists: break
    }
    return lock
  }

  /// A file that `file` made before.
  mutating func knownFile() throws(ScenarioError) -> String {
    guard case .word(let name) = tokens.first?.kind, fileNames.contains(name) else {
      throw unexpected("a file that was made before")
    }
    tokens.removeFirst()
    return name
  }
}
