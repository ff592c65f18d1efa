/// Who may do what: the six rights that an entry can give, kernel and user apart.
///
/// "Kernel" is the privileged mode that owns the table (x86 CPL 0 to 2, EL1, supervisor mode), "user" the
/// unprivileged one. Rights are what the *tables* say; switches of the processor that narrow them further
/// (SMEP, SMAP, PAN, SUM, domains, protection keys) are registers and not part of a format. For x86 write
/// protection in the kernel (CR0.WP) is taken as set, as Linux has it.
@frozen
public struct Access: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  public let rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  @inlinable public static var kernelRead: Access { Access(rawValue: 1) }
  @inlinable public static var kernelWrite: Access { Access(rawValue: 2) }
  @inlinable public static var kernelExecute: Access { Access(rawValue: 4) }
  @inlinable public static var userRead: Access { Access(rawValue: 8) }
  @inlinable public static var userWrite: Access { Access(rawValue: 16) }
  @inlinable public static var userExecute: Access { Access(rawValue: 32) }

  /// Everything that the kernel may do.
  @inlinable public static var kernel: Access { Access(rawValue: 7) }
  /// Everything that a user program may do.
  @inlinable public static var user: Access { Access(rawValue: 56) }
  /// Reading, by whomever.
  @inlinable public static var read: Access { Access(rawValue: 9) }
  /// Writing, by whomever.
  @inlinable public static var write: Access { Access(rawValue: 18) }
  /// Executing, by whomever.
  @inlinable public static var execute: Access { Access(rawValue: 36) }
  /// No right at all.
  @inlinable public static var none: Access { Access(rawValue: 0) }
  /// All six rights.
  @inlinable public static var all: Access { Access(rawValue: 63) }
}

// Written out, because the standard library's option sets bring arrays with them, and a kernel has no heap.
extension Access {
  @inlinable public func contains(_ other: Access) -> Bool { rawValue & other.rawValue == other.rawValue }
  /// Whether at least one of the rights in `other` is given.
  @inlinable public func intersects(_ other: Access) -> Bool { rawValue & other.rawValue != 0 }
  @inlinable public func union(_ other: Access) -> Access { Access(rawValue: rawValue | other.rawValue) }
  @inlinable public func intersection(_ other: Access) -> Access {
    Access(rawValue: rawValue & other.rawValue)
  }
  @inlinable public func subtracting(_ other: Access) -> Access {
    Access(rawValue: rawValue & ~other.rawValue)
  }
  @inlinable public var isEmpty: Bool { rawValue == 0 }
}

#if !hasFeature(Embedded)
  // Hosted code may write `[.kernelRead, .userRead]`.
  extension Access: OptionSet {}
#endif

/// One line of a format's access table: an entry with `entry & mask == match` takes the rights `denies`
/// away. What no line denies is allowed; the rights of a walk are what every level allows.
@frozen
public struct AccessRule: HasFiller {
  public var mask: UInt64
  public var match: UInt64
  public var denies: Access

  public init(mask: UInt64, match: UInt64, denies: Access) {
    self.mask = mask
    self.match = match
    self.denies = denies
  }

  /// The rule for one bit: set, it denies.
  public static func whenSet(bit: UInt8, denies: Access) -> AccessRule {
    AccessRule(mask: 1 &<< UInt64(bit), match: 1 &<< UInt64(bit), denies: denies)
  }

  /// The rule for one bit: clear, it denies.
  public static func whenClear(bit: UInt8, denies: Access) -> AccessRule {
    AccessRule(mask: 1 &<< UInt64(bit), match: 0, denies: denies)
  }

  public static var filler: AccessRule { AccessRule(mask: 0, match: 1, denies: .none) }
}

/// How the rights of one kind of entry are read from its bits.
@frozen
public struct AccessTable: HasFiller {
  public var rules: FixedList<12, AccessRule>

  public init<let n: Int>(_ rules: InlineArray<n, AccessRule>) { self.rules = FixedList(rules) }
  private init() { rules = FixedList() }

  /// An entry without access bits allows everything.
  public static var unrestricted: AccessTable { AccessTable() }
  public static var filler: AccessTable { .unrestricted }

  /// What an entry allows by itself.
  @inlinable
  public func access(of entry: UInt64) -> Access {
    var access = Access.all
    var index = 0
    while index < rules.count {
      let rule = rules[index]
      if entry & rule.mask == rule.match { access = access.subtracting(rule.denies) }
      index &+= 1
    }
    return access
  }

  /// The bits that the table looks at.
  public var mask: UInt64 {
    var mask: UInt64 = 0
    var index = 0
    while index < rules.count {
      mask |= rules[index].mask
      index &+= 1
    }
    return mask
  }
}

/// A right that the combined rights of a walk take away: on AArch64 what a user may write is never
/// executable in the kernel, and whether a user may write it only all levels together tell.
@frozen
public struct AccessImplication: HasFiller {
  public var when: Access
  public var denies: Access

  public init(when: Access, denies: Access) {
    self.when = when
    self.denies = denies
  }

  public static var filler: AccessImplication { AccessImplication(when: .all, denies: .none) }
}
