/// What `madvise` is told, with the kernel's words in lower case; one without a word is a hexadecimal number
/// (include/uapi/asm-generic/mman-common.h of Linux 6.18).
public struct Advice: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let dontNeed = Advice(rawValue: 4)
  public static let free = Advice(rawValue: 8)
  public static let dontFork = Advice(rawValue: 10)
  public static let doFork = Advice(rawValue: 11)
  public static let hugePage = Advice(rawValue: 14)
  public static let noHugePage = Advice(rawValue: 15)
  public static let wipeOnFork = Advice(rawValue: 18)
  public static let keepOnFork = Advice(rawValue: 19)
  public static let populateRead = Advice(rawValue: 22)
  public static let populateWrite = Advice(rawValue: 23)
  public static let dontNeedLocked = Advice(rawValue: 24)
  public static let guardInstall = Advice(rawValue: 102)
  public static let guardRemove = Advice(rawValue: 103)

  static let names: [(name: String, value: UInt32)] = [
    ("normal", 0), ("random", 1), ("sequential", 2), ("willneed", 3), ("dontneed", 4), ("free", 8),
    ("remove", 9), ("dontfork", 10), ("dofork", 11), ("mergeable", 12), ("unmergeable", 13),
    ("hugepage", 14), ("nohugepage", 15), ("dontdump", 16), ("dodump", 17), ("wipeonfork", 18),
    ("keeponfork", 19), ("cold", 20), ("pageout", 21), ("populate-read", 22), ("populate-write", 23),
    ("dontneed-locked", 24), ("collapse", 25), ("guard-install", 102), ("guard-remove", 103),
  ]

  /// The exact text form.
  public var text: String { Self.names.first { $0.value == rawValue }?.name ?? rawValue.hexadecimal }

  /// Advice from its text, or nil.
  public init?(text: some StringProtocol) {
    if let named = Self.names.first(where: { $0.name == text }) {
      self.init(rawValue: named.value)
      return
    }
    let bytes = Array(text.utf8)
    guard let number = LineScanner.number(in: bytes, 0..<bytes.count, radix: 16),
      let exact = UInt32(exactly: number)
    else { return nil }
    self.init(rawValue: exact)
  }
}
