import PageTableEditing
import PageTables

extension RandomSpace {
  /// Flips bits of entries on the way to leaves: rights of tables, flags, reserved bits, kinds of entry.
  /// Address bits stay, so that no table is looked for and nothing is tried where it would do harm.
  mutating func damage() throws {
    for _ in 0..<leaves.count * 2 {
      let leaf = leaves.randomElement(using: &generator)!
      let address = UInt64.random(in: leaf.address...leaf.last, using: &generator)
      let steps = editor.walker.translate(VirtualAddress(address), in: memory).steps
      guard steps.count > 0 else { continue }
      // Mostly the last: what is on the way to many leaves hides them all. A root of few entries is nearly
      // everything.
      var choice = steps.count - 1
      if Int.random(in: 0..<4, using: &generator) == 0 {
        choice = Int.random(in: 0..<steps.count, using: &generator)
      }
      let step = steps[choice]
      let isSmallRoot = choice == 0 && (format.region(of: VirtualAddress(address))?.firstIndexBits ?? 0) < 5
      if isSmallRoot, Int.random(in: 0..<64, using: &generator) != 0 { continue }
      let level = format.level(step.depth)
      let rule = level.rule(for: step.entry).rule
      let width = UInt64(level.entryByteCount) * 8
      var entry = step.entry
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let bit: UInt64 = 1 << UInt64.random(in: 0..<width, using: &generator)
        if bit & rule.address.entryMask == 0 { entry ^= bit }
      }
      if isHarmless(entry, insteadOf: step.entry, level: level) {
        try store(entry, at: step.entryAddress, byteCount: Int(level.entryByteCount))
      }
    }
  }

  /// Whether the changed entry names the table that it named before, or a page outside RAM, or nothing.
  private func isHarmless(_ entry: UInt64, insteadOf old: UInt64, level: Level) -> Bool {
    let rule = level.rule(for: entry).rule
    let target = rule.address.address(from: entry).rawValue
    switch rule.kind {
    case .absent, .invalid: return true
    case .table:
      let oldRule = level.rule(for: old).rule
      return oldRule.kind == .table && oldRule.address.address(from: old).rawValue == target
    case .leaf:
      let first = target & ~((1 << UInt64(rule.sizeBits)) - 1)
      return entry & rule.reserved != 0 || first >= Self.ramSizeBytes
    }
  }
}
