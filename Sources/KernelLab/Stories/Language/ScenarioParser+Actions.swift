extension ScenarioParser {
  private typealias Rule = @Sendable (inout ScenarioParser) throws(ScenarioError) -> Action

  /// What follows each keyword.
  private static let rules: [String: Rule] = [
    "spawn": { parser throws(ScenarioError) in
      let name = try parser.newTaskName()
      return .spawn(name: name, pid: parser.take(word: "pid") ? try parser.amount("a PID") : nil)
    },
    "kthread": { parser throws(ScenarioError) in .kernelThread(name: try parser.newTaskName()) },
    "fork": { parser throws(ScenarioError) in
      let parent = try parser.task()
      return .fork(parent, name: parser.take(word: "as") ? try parser.newTaskName() : nil)
    },
    "exit": { parser throws(ScenarioError) in .exit(try parser.task()) },
    "switch": { parser throws(ScenarioError) in .switchTo(try parser.task()) },
    "file": { parser throws(ScenarioError) in try parser.newFile() },
    "map": { parser throws(ScenarioError) in .map(try parser.map()) },
    "unmap": { parser throws(ScenarioError) in .unmap(try parser.task(), try parser.range()) },
    "protect": { parser throws(ScenarioError) in
      let task = try parser.task()
      let range = try parser.range()
      let (rights, isShared) = try parser.rights()
      guard isShared == nil else {
        throw parser.error("expected rights without p and s: sharing does not change")
      }
      return .protect(task, range, rights)
    },
    "advise": { parser throws(ScenarioError) in
      .advise(try parser.task(), try parser.range(), try parser.choice(AdviceWord.self, "an advice"))
    },
    "remap": { parser throws(ScenarioError) in
      let task = try parser.task()
      let range = try parser.range()
      try parser.expect(word: "size")
      let size = try parser.amount("the new size")
      return .remap(
        task, range, byteCount: size,
        target: parser.take(word: "to") ? try parser.address("the new address") : nil)
    },
    "brk": { parser throws(ScenarioError) in .brk(try parser.task(), try parser.address("the heap's end")) },
    "lock": { parser throws(ScenarioError) in .lock(try parser.task(), try parser.range(), isLocked: true) },
    "unlock": { parser throws(ScenarioError) in .lock(try parser.task(), try parser.range(), isLocked: false)
    },
    "swapon": { parser throws(ScenarioError) in
      .swapon(name: try parser.word("a new swap device's name"), byteCount: try parser.amount("a size"))
    },
    "swapoff": { parser throws(ScenarioError) in .swapoff(name: try parser.word("a swap device's name")) },
    "reclaim": { parser throws(ScenarioError) in .reclaim(try parser.amount("a number of pages")) },
    "read": { parser throws(ScenarioError) in
      .access(.read, try parser.actor(), try parser.address("an address"), value: nil)
    },
    "write": { parser throws(ScenarioError) in
      let actor = try parser.actor()
      let address = try parser.address("an address")
      if case .word = parser.tokens.first?.kind {
        return .access(.write, actor, address, value: try parser.address("a value"))
      }
      return .access(.write, actor, address, value: nil)
    },
    "execute": { parser throws(ScenarioError) in
      .access(.execute, try parser.actor(), try parser.address("an address"), value: nil)
    },
    "vmalloc": { parser throws(ScenarioError) in
      .vmalloc(name: try parser.newAddressName(), byteCount: try parser.amount("a size"), isModule: false)
    },
    "module": { parser throws(ScenarioError) in
      .vmalloc(name: try parser.newAddressName(), byteCount: try parser.amount("a size"), isModule: true)
    },
    "begin": { parser throws(ScenarioError) in
      let isModule = parser.take(word: "module")
      if !isModule { try parser.expect(word: "vmalloc", as: "vmalloc or module") }
      return .begin(
        name: try parser.newAddressName(), byteCount: try parser.amount("a size"), isModule: isModule)
    },
    "step": { parser throws(ScenarioError) in
      .advance(name: try parser.knownAddressName("the name of what 'begin' began"), isWhole: false)
    },
    "finish": { parser throws(ScenarioError) in
      .advance(name: try parser.knownAddressName("the name of what 'begin' began"), isWhole: true)
    },
    "purge": { _ throws(ScenarioError) in .purge },
    "flushes": { parser throws(ScenarioError) in
      if parser.take(word: "on") { return .flushes(true) }
      if parser.take(word: "off") { return .flushes(false) }
      throw parser.unexpected("on or off")
    },
    "idle": { _ throws(ScenarioError) in .idle },
    "vfree": { parser throws(ScenarioError) in
      .vfree(name: try parser.knownAddressName("the name of a vmalloc or module"))
    },
    "hugepages": { parser throws(ScenarioError) in
      .hugePagePool(try parser.amount("how many huge pages the pool has"))
    },
    "khugepaged": { _ throws(ScenarioError) in .khugepaged },
    "locks": { parser throws(ScenarioError) in try parser.locks() },
    "take": { parser throws(ScenarioError) in try parser.takeLock() },
    "release": { parser throws(ScenarioError) in .locks(.release(try parser.lock())) },
    "forget": { parser throws(ScenarioError) in try parser.forget() },
    "kmap": { parser throws(ScenarioError) in try parser.kmap(isAtomic: false) },
    "kmap_atomic": { parser throws(ScenarioError) in try parser.kmap(isAtomic: true) },
    "kunmap": { parser throws(ScenarioError) in
      .kunmap(name: try parser.knownAddressName("the name of a kmap"))
    },
    "next-frames": { parser throws(ScenarioError) in
      var frames = [try parser.address("a frame's number")]
      while case .word = parser.tokens.first?.kind { frames.append(try parser.address("a frame's number")) }
      return .nextFrames(frames)
    },
    "name-frame": { parser throws(ScenarioError) in
      let name = try parser.newAddressName()
      return .nameFrame(name: name, try parser.actor(), try parser.address("an address"))
    },
    "walk": { parser throws(ScenarioError) in .walk(try parser.actor(), try parser.address("an address")) },
    "compare": { _ throws(ScenarioError) in .compare },
    "device": { parser throws(ScenarioError) in try parser.device() },
    "explain": { parser throws(ScenarioError) in
      if parser.take(word: "on") { return .explain(true) }
      if parser.take(word: "off") { return .explain(false) }
      throw parser.unexpected("on or off")
    },
    "note": { parser throws(ScenarioError) in .note(try parser.text("text in quotes")) },
    "let": { parser throws(ScenarioError) in
      let before = parser.addressNames
      let name = try parser.newAddressName()
      let after = parser.addressNames
      try parser.expect(symbol: "=")
      // A name is not known in its own definition, unless it is given anew.
      parser.addressNames = before
      let value = try parser.address("an address")
      parser.addressNames = after
      return .define(name: name, value)
    },
    "expect": { parser throws(ScenarioError) in .expect(try parser.expectation()) },
  ]

  /// All keywords, in the order of the alphabet.
  public static var keywords: [String] { (rules.keys + ["machine", "repeat", "cpu"]).sorted() }

  mutating func action() throws(ScenarioError) -> Action {
    guard case .word(let keyword) = tokens.first?.kind, let rule = Self.rules[keyword] else {
      if tokens.first?.kind == .word("machine") {
        throw error("expected one machine, and its line first; found another 'machine'")
      }
      throw unexpected("an action (\(Self.keywords.joined(separator: ", ")))")
    }
    tokens.removeFirst()
    return try rule(&self)
  }

  private mutating func newFile() throws(ScenarioError) -> Action {
    let name = try word("a new file's name")
    fileNames.insert(name)
    let size = try amount("the file's size")
    if take(word: "shared") { return .file(name: name, byteCount: size, isShared: true) }
    _ = take(word: "disk")
    return .file(name: name, byteCount: size, isShared: false)
  }

  private mutating func kmap(isAtomic: Bool) throws(ScenarioError) -> Action {
    let name = try newAddressName()
    return .kmap(name: name, try task(), try address("an address of the task"), isAtomic: isAtomic)
  }

  private mutating func map() throws(ScenarioError) -> MapRequest {
    let task = try task()
    let place: MapRequest.Place
    if take(word: "any") {
      try expect(symbol: "+")
      place = .anywhere(byteCount: try amount("a size"))
    } else {
      place = .range(try range())
    }
    let (rights, isShared) = try rights()
    var request = MapRequest(task: task, place: place, rights: rights, isShared: isShared ?? false)
    while tokens.first?.kind != .endOfLine, tokens.first?.kind != .symbol("=>") {
      if take(word: "file") {
        request.file = try knownFile()
        if take(symbol: "@") { request.fileOffset = try amount("an offset in the file") }
      } else if take(word: "as") {
        request.name = try newAddressName()
      } else {
        request.options.insert(try choice(MapRequest.Option.self, "file, as, or an option"))
      }
    }
    return request
  }

  /// `rwx` in this order, each or `-` or left out, then `p` or `s`; or `none`.
  mutating func rights() throws(ScenarioError) -> (rights: AreaFlags, isShared: Bool?) {
    let what = "rights such as r, rw, r-x, rws, none"
    guard case .word(var text) = tokens.first?.kind else {
      // `---p` begins with what is a symbol elsewhere.
      throw unexpected(what)
    }
    var isShared: Bool?
    var flags: AreaFlags = []
    if text == "none" || text == "nones" || text == "nonep" {
      isShared = text == "none" ? nil : text == "nones"
      text = ""
    } else {
      if text.last == "s" || text.last == "p" { isShared = text.removeLast() == "s" }
      var letters = text.filter { $0 != "-" }[...]
      for (letter, flag) in [("r", AreaFlags.read), ("w", .write), ("x", .execute)]
      where letters.hasPrefix(letter) {
        letters.removeFirst()
        flags.insert(flag)
      }
      guard letters.isEmpty, !flags.isEmpty else { throw unexpected(what) }
    }
    tokens.removeFirst()
    return (flags, isShared)
  }

  private mutating func device() throws(ScenarioError) -> Action {
    let position = here
    let words = try text("\"PID ADDRESS\"").split(separator: " ")
    guard words.count == 2, let pid = Int(words[0]), let address = ScenarioNumber.address(String(words[1]))
    else {
      throw error("expected a PID and a hexadecimal address, as in device \"614 7e9e6c24\"", at: position)
    }
    return .device(pid: pid, address: address)
  }
}
