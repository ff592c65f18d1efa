extension MemoryOperation {
  /// The exact form of one line: slot, word, arguments. Addresses, lengths and offsets are hexadecimal without
  /// prefix; slots, files and numbers of pages decimal; no file is `-`.
  public var text: String { "\(slot) \(action.text)" }

  /// An operation from its line.
  public init(text: String) throws(TextError) {
    var scanner = LineScanner(text)
    self = try MemoryOperation(&scanner)
  }

  init(_ scanner: inout LineScanner) throws(TextError) {
    let slot = try scanner.decimal("the process", in: 0...Self.slotCount - 1)
    let action = try Action(&scanner)
    try scanner.end()
    self.init(slot: slot, action)
    if case .fork(let child) = action, child == slot { throw scanner.error("a process cannot fork itself") }
  }
}

extension MemoryOperation.Action {
  /// The word and the arguments.
  var text: String {
    switch self {
    case .touch(let access, let address, let pages): "\(access.rawValue) \(address.hexadecimal) \(pages)"
    case .map(let address, let length, let protection, let flags, let file, let offset):
      "mmap \(range(address, length)) \(protection.text) \(flags.text) \(file.map(String.init) ?? "-") "
        + offset.hexadecimal
    case .unmap(let address, let length): "munmap \(range(address, length))"
    case .protect(let address, let length, let protection):
      "mprotect \(range(address, length)) \(protection.text)"
    case .advise(let address, let length, let advice): "madvise \(range(address, length)) \(advice.text)"
    case .remap(let address, let old, let new, let flags, let newAddress):
      "mremap \(range(address, old)) \(new.hexadecimal) \(flags.text) \(newAddress.hexadecimal)"
    case .setBreak(let address): "brk \(address.hexadecimal)"
    case .lock(let address, let length): "mlock \(range(address, length))"
    case .lockWithFlags(let address, let length, let flags): "mlock2 \(range(address, length)) \(flags.text)"
    case .unlock(let address, let length): "munlock \(range(address, length))"
    case .synchronize(let address, let length, let flags): "msync \(range(address, length)) \(flags.text)"
    case .resize(let file, let size): "ftruncate \(file) \(size.hexadecimal)"
    case .allocate(let file, let mode, let offset, let length):
      "fallocate \(file) \(mode.text) \(range(offset, length))"
    case .fork(let child): "fork \(child)"
    case .exit: "exit"
    }
  }

  private func range(_ start: UInt64, _ length: UInt64) -> String {
    "\(start.hexadecimal) \(length.hexadecimal)"
  }

  init(_ scanner: inout LineScanner) throws(TextError) {
    let word = try scanner.word("the operation")
    switch word {
    case "read", "write":
      self = .touch(
        word == "read" ? .read : .write, address: try scanner.hexadecimal("the address"),
        pages: try scanner.decimal("the number of pages", in: 0...MemoryOperation.touchLimit))
    case "mmap":
      self = .map(
        address: try scanner.hexadecimal("the address"), lengthBytes: try scanner.hexadecimal("the length"),
        try scanner.protection(), try scanner.bits("the flags"), file: try scanner.fileOrNone(),
        offsetBytes: try scanner.hexadecimal("the offset"))
    case "mremap":
      self = .remap(
        address: try scanner.hexadecimal("the address"),
        oldLengthBytes: try scanner.hexadecimal("the old length"),
        newLengthBytes: try scanner.hexadecimal("the new length"), try scanner.bits("the flags"),
        newAddress: try scanner.hexadecimal("the new address"))
    case "brk": self = .setBreak(address: try scanner.hexadecimal("the address"))
    case "ftruncate":
      self = .resize(file: try scanner.file(), sizeBytes: try scanner.hexadecimal("the size"))
    case "fallocate":
      self = .allocate(
        file: try scanner.file(), try scanner.bits("the mode"),
        offsetBytes: try scanner.hexadecimal("the offset"), lengthBytes: try scanner.hexadecimal("the length")
      )
    case "fork":
      self = .fork(child: try scanner.decimal("the child", in: 0...MemoryOperation.slotCount - 1))
    case "exit": self = .exit
    case "munmap", "mprotect", "madvise", "mlock", "mlock2", "munlock", "msync":
      try self.init(range: word, &scanner)
    default: throw scanner.error("there is no operation '\(word)'")
    }
  }

  /// Those that have an address and a length first.
  private init(range word: String, _ scanner: inout LineScanner) throws(TextError) {
    let address = try scanner.hexadecimal("the address")
    let length = try scanner.hexadecimal("the length")
    switch word {
    case "munmap": self = .unmap(address: address, lengthBytes: length)
    case "mprotect": self = .protect(address: address, lengthBytes: length, try scanner.protection())
    case "madvise": self = .advise(address: address, lengthBytes: length, try scanner.advice())
    case "mlock": self = .lock(address: address, lengthBytes: length)
    case "mlock2": self = .lockWithFlags(address: address, lengthBytes: length, try scanner.bits("the flags"))
    case "munlock": self = .unlock(address: address, lengthBytes: length)
    default: self = .synchronize(address: address, lengthBytes: length, try scanner.bits("the flags"))
    }
  }
}

extension LineScanner {
  fileprivate mutating func bits<Bits: NamedBits>(_ what: String) throws(TextError) -> Bits {
    guard let bits = Bits(text: try word(what)) else {
      let names = Bits.names.map(\.name).joined(separator: ", ")
      throw error("\(what) must be of \(names), or hexadecimal, with commas between; '-' for none")
    }
    return bits
  }

  fileprivate mutating func protection() throws(TextError) -> Protection {
    guard let protection = Protection(text: try word("the protection")) else {
      throw error("the protection must be like 'rw-'")
    }
    return protection
  }

  fileprivate mutating func advice() throws(TextError) -> Advice {
    guard let advice = Advice(text: try word("the advice")) else {
      throw error("there is no such advice")
    }
    return advice
  }

  fileprivate mutating func file() throws(TextError) -> Int {
    try decimal("the file", in: 0...MemoryOperation.fileCount - 1)
  }

  fileprivate mutating func fileOrNone() throws(TextError) -> Int? {
    let before = self
    if try word("the file, or '-'") == "-" { return nil }
    self = before
    return try file()
  }
}
