import PageTables

extension TableComparer {
  /// How like two present entries are.
  enum Likeness {
    case same
    /// Not written alike, to the same effect.
    case explained(String)
    case different(String)
  }

  /// Compares what two present entries mean: target, rights, then the other bits by their names.
  func likeness(
    of master: EntryMeaning, _ process: EntryMeaning, _ entry: ComparedEntry, depth: Int
  ) -> Likeness {
    guard let masterRaw = entry.master, let processRaw = entry.process else { return .different("") }
    guard master.kind == process.kind, master.kind != .invalid else {
      return .different("\(name(master)) in the kernel page table, \(name(process)) in the process's")
    }
    guard master.target == process.target else { return .different("another \(name(master))") }
    guard master.sizeBits == process.sizeBits else { return .different("a page of another size") }
    if let rights = rightsDiffer(master, process) { return .different(rights) }
    guard let rule = process.ruleIndex else { return .same }
    let (fields, addressBits) = reader.fields(depth: depth, ruleIndex: rule)
    var rest = (masterRaw ^ processRaw) & ~addressBits
    var hardware: [String] = []
    var software: [String] = []
    for field in fields where rest & field.mask != 0 {
      switch field.meaning {
      // Rights were compared as rights.
      case .accessed, .dirty, .writable, .user, .executable: break
      case .software: software.append("\(field.name)")
      default: hardware.append("\(field.name)")
      }
      rest &= ~field.mask
    }
    if !hardware.isEmpty {
      return .different("the same target and rights, but not the same \(hardware.joined(separator: ", "))")
    }
    // Bits without a name are ones that the hardware ignores: those that must be zero are in no valid entry.
    if rest != 0 { software.append("0x\(hexadecimalDigits(rest))") }
    guard !software.isEmpty else { return .same }
    return .explained("only software bits differ: \(software.joined(separator: ", "))")
  }

  /// In which rights two entries differ, as a sentence; nil if in none that counts.
  func rightsDiffer(_ master: EntryMeaning, _ process: EntryMeaning) -> String? {
    guard
      master.access.subtracting(ignoredAccess) != process.access.subtracting(ignoredAccess)
    else { return nil }
    return "other rights: \(rights(master.access)) in the kernel page table, \(rights(process.access)) here"
  }

  private func name(_ meaning: EntryMeaning) -> String {
    switch meaning.kind {
    case .absent: "nothing"
    case .table: "table"
    case .leaf: "page"
    case .invalid: "an invalid entry"
    }
  }

  /// The kernel's and the user's rights: `rwx/r--`.
  private func rights(_ access: Access) -> String {
    let letters: [(Access, Character)] = [
      (.kernelRead, "r"), (.kernelWrite, "w"), (.kernelExecute, "x"), (.userRead, "r"), (.userWrite, "w"),
      (.userExecute, "x"),
    ]
    let text = letters.map { access.contains($0) ? $1 : "-" }
    return String(text[0..<3]) + "/" + String(text[3...])
  }
}

extension TableComparison {
  /// Counts an entry that is in both and the same.
  mutating func countSame() {
    entryCount += 1
    sameCount += 1
  }

  /// Adds an entry that is in both.
  mutating func add(_ entry: ComparedEntry) {
    entryCount += 1
    entries.append(entry)
  }

  /// Adds an entry that is in both, by how like the two are.
  mutating func add(_ entry: inout ComparedEntry, _ likeness: TableComparer.Likeness) {
    switch likeness {
    case .same:
      countSame()
      return
    case .explained(let why):
      entry.verdict = .explained
      entry.why = why
    case .different(let why):
      entry.why = why
    }
    add(entry)
  }

  /// Adds an entry that could not be read, to the run before it if that is for the same reason.
  mutating func addUnreadable(
    _ index: UInt64, _ place: TablePlace, masterFault: MemoryFault?, processFault: MemoryFault?
  ) {
    let span = place.span(of: index)
    let parts = [
      masterFault.map { "the kernel page table's: \($0.phrase)" },
      processFault.map { "the process's: \($0.phrase)" },
    ]
    let why = parts.compactMap(\.self).joined(separator: "; ")
    if let previous = entries.last, previous.verdict == .unreadable, previous.depth == place.depth,
      previous.why == why, previous.last.rawValue &+ 1 == span.first.rawValue
    {
      entries[entries.count - 1].last = span.last
      return
    }
    entries.append(
      ComparedEntry(
        verdict: .unreadable, depth: place.depth, index: index, first: span.first, last: span.last, why: why))
  }
}

extension MemoryFault {
  /// The reason in a few words.
  var phrase: String {
    switch self {
    case .outsideRAM: "outside RAM"
    case .excluded: "left out of the image"
    case .truncated: "beyond the end of the file"
    case .corrupt: "does not decompress"
    case .unreadable: "could not be read"
    }
  }
}
